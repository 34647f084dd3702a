// What only ZooKeeper does.
#include <catch2/catch.hpp>

#include "server/registry/zookeeper/zoo_address.h"
#include "tests/registry/registry_rig.h"
#include "tests/support/redis_process.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::record_of;

TEST_CASE("an address names the servers of one ensemble, and a place in its tree", "[registry]") {
  const auto address = zoo_address("zookeeper://one:2181,two:2182/im/east/");
  REQUIRE(address.ok());
  CHECK(address->hosts == "one:2181,two:2182");
  CHECK(address->path == "/im/east");
  CHECK(zoo_address("zookeeper://one:2181")->path == "/mpim");
  CHECK(address->who.empty());
  const auto guarded = zoo_address("zookeeper://mpim:pa:ss@one:2181,two:2182/im");
  REQUIRE(guarded.ok());
  CHECK(guarded->who == "mpim:pa:ss");
  CHECK(guarded->hosts == "one:2181,two:2182");
  CHECK(guarded->text() == "zookeeper://one:2181,two:2182/im");
  for (const char* const bad : {"mpim@", ":secret@", "mpim:@", "@", "mpim:p@ss@"})
    CHECK(zoo_address("zookeeper://" + std::string(bad) + "one:1").error().code ==
          Code::kBadRequest);
  for (const char* const bad : {"redis://one:1", "zookeeper://one/x", "zookeeper://one:1/a//b", ""})
    CHECK(zoo_address(bad).error().code == Code::kBadRequest);
}

TEST_CASE("a ZooKeeper that was away for longer than a session ends it; the node joins anew",
          "[registry][G46]") {
  const auto server = testing::zookeeper_backend();
  const auto a = server->seat();
  const auto b = server->seat();
  REQUIRE(a->join(record_of("a", 1)).ok());
  REQUIRE(b->join(record_of("b", 2)).ok());
  REQUIRE(becomes_true([&] { return a->regained == 1; }));
  server->kill();
  CHECK(becomes_true([&] { return !a->registry().standing().held; }));
  CHECK(becomes_true([&] { return a->registry().nodes().empty(); }));
  server->start();
  CHECK(becomes_true([&] { return a->regained == 2; }));
  CHECK(becomes_true([&] { return a->sees() == std::vector<std::string>{"a", "b"}; }));
}

TEST_CASE("settings outlive a ZooKeeper that is killed", "[registry][G47]") {
  const auto server = testing::zookeeper_backend();
  {
    const auto one = server->seat();
    SettingsEdition next;
    next.by = "ann";
    next.values["a.b"] = "1";
    REQUIRE(one->append(0, next).ok());
  }
  server->kill();
  server->start();
  const auto two = server->seat();
  CHECK(becomes_true([&] { return two->holds().values.size() == 1; }));
}

}  // namespace
}  // namespace mpim
