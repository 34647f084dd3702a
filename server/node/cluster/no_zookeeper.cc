// In the place of registry_in_zookeeper.cc, where ZooKeeper's C client is missing.
#include "server/node/cluster/cluster_registry.h"

namespace mpim {

Result<std::unique_ptr<ClusterRegistry>> registry_in_zookeeper(const Settings&) {
  return Error{Code::kBadRequest,
               "registry.url names a ZooKeeper, and this mpimd was built without it: build it with "
               "libzookeeper-mt-dev and -DMPIM_ZOOKEEPER=ON, or leave registry.url empty"};
}

}  // namespace mpim
