#include <catch2/catch.hpp>

#include "server/node/cluster/cluster_registry.h"

namespace mpim {
namespace {

TEST_CASE("a node that was built without ZooKeeper refuses to start with one", "[node][G46]") {
  Settings settings;
  settings.registry.url = "zookeeper://127.0.0.1:2181/mpim";
  const auto refused = registry_in_zookeeper(settings);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kBadRequest);
  CHECK(refused.error().message.find("this mpimd was built without it") != std::string::npos);
}

}  // namespace
}  // namespace mpim
