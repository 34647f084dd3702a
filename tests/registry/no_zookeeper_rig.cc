// In the place of zookeeper_rig.cc, where ZooKeeper's C client is missing.
#include "tests/registry/registry_rig.h"

namespace mpim::testing {

std::unique_ptr<Backend> zookeeper_backend() { return nullptr; }
std::vector<std::string> backends_under_test() { return {"redis"}; }

}  // namespace mpim::testing
