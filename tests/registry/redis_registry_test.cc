#include <catch2/catch.hpp>
#include <memory>

#include "server/core/limits.h"
#include "server/registry/redis_registry.h"
#include "server/telemetry/metrics.h"
#include "tests/registry/registry_rig.h"
#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::kLease;
using testing::record_of;
using testing::RedisProcess;

// A node as far as its registry: a client, and the lease.
struct Seat {
  explicit Seat(const RedisProcess& redis, const std::string& who = "", uint32_t nodes_max = 4'096)
      : desk(testing::quick_redis(redis.url(who))),
        registry(desk.client, {.lease = kLease, .patience = Millis(400), .nodes_max = nodes_max}) {
    desk.client.on_change([this](bool up) { registry.redis_changed(up); });
    registry.on_regained([this] { ++regained; });
    desk.start();
  }
  ~Seat() { desk.end(); }
  Result<void> join(const NodeRecord& self) {
    return registry.join(self, [this] { return NodeRegistry::Load{load, 2 * load}; });
  }
  std::vector<std::string> sees() {
    std::promise<void> read;
    registry.refresh([&] { read.set_value(); });
    read.get_future().wait();
    std::vector<std::string> ids;
    for (const NodeRecord& each : registry.nodes()) ids.push_back(each.run.node.name);
    return ids;
  }
  // Ends as a killed process does: the lease stays.
  void die() {
    testing::run_on(desk.loop, [this] { desk.client.stop(); });
  }

  std::atomic<uint64_t> load{3};
  std::atomic<int> regained{0};
  testing::RedisDesk desk;
  RedisRegistry registry;
};

using Ids = std::vector<std::string>;

TEST_CASE("a restarted node takes its id over when the old lease is over", "[registry][P11]") {
  RedisProcess redis;
  Seat first(redis);
  REQUIRE(first.join(record_of("a", 1)).ok());
  first.die();
  Seat second(redis);
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(second.join(record_of("a", 2)).ok());
  CHECK(std::chrono::steady_clock::now() - begun < 3 * kLease);
  CHECK(second.registry.find(NodeId{"a"})->run.epoch == 2);
  // The old run, had it only been held up, may not have it back.
  testing::run_on(first.desk.loop, [&] { first.desk.client.start(); });
  CHECK(becomes_true(
      [&] { return first.registry.standing().why.find("end one of them") != std::string::npos; }));
  first.registry.leave();
  CHECK(second.sees() == Ids{"a"});
}

TEST_CASE("a node joins later when Redis is away, but not when Redis refuses it",
          "[registry][G17]") {
  RedisProcess redis({"--requirepass", "right"});
  SECTION("away") {
    redis.kill();
    Seat a(redis, ":right");
    REQUIRE(a.join(record_of("a", 1)).ok());
    CHECK(!a.registry.standing().held);
    redis.start();
    CHECK(becomes_true([&] { return a.registry.standing().held; }));
  }
  SECTION("refused") {
    Seat a(redis, ":wrong");
    const auto refused = a.join(record_of("a", 1));
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == Code::kUnavailable);
    CHECK(refused.error().message.find("mend the user or the password") != std::string::npos);
  }
}

TEST_CASE("an ACL without scripts is told at once", "[registry][G25]") {
  RedisProcess redis;
  redis.cli({"ACL", "SETUSER", "mpim", "on", ">pw", "~*", "&*", "+@all", "-@scripting"});
  Seat a(redis, "mpim:pw");
  const auto refused = a.join(record_of("a", 1));
  REQUIRE(!refused.ok());
  CHECK(refused.error().message.find("Redis refuses EVAL to mpim: its ACL must allow") == 0);
}

// A lease that a hostile Redis made up.
void make_up(const RedisProcess& redis, const std::string& node, size_t line_bytes) {
  redis.cli({"HSET", "node:" + node, "epoch", "7", "line", std::string(line_bytes, 'x')});
  redis.cli({"PEXPIRE", "node:" + node, "60000"});
  redis.cli({"SADD", "nodes", node});
}

TEST_CASE("a lease with texts longer than any of ours is passed over and counted",
          "[registry][G25]") {
  RedisProcess redis;
  Seat seat(redis);
  REQUIRE(seat.join(record_of("a", 1)).ok());
  make_up(redis, "longest", kLeaseTextBytes);
  const uint64_t before = counted(Counter::kOverLimit);
  CHECK(seat.sees() == Ids{"a", "longest"});
  CHECK(counted(Counter::kOverLimit) == before);
  make_up(redis, "longer", kLeaseTextBytes + 1);
  CHECK(seat.sees() == Ids{"a", "longest"});
  CHECK(counted(Counter::kOverLimit) > before);
}

TEST_CASE(
    "more nodes than may be known are passed over, and names that nobody has are cleared away",
    "[registry][G25]") {
  constexpr uint32_t kMost = 4;
  RedisProcess redis;
  Seat seat(redis, "", kMost);
  REQUIRE(seat.join(record_of("a", 1)).ok());
  for (const char* const each : {"b", "c", "d"}) make_up(redis, each, 9);
  const uint64_t before = counted(Counter::kOverLimit);
  CHECK(seat.sees().size() == kMost);
  CHECK(counted(Counter::kOverLimit) == before);
  make_up(redis, "e", 9);
  CHECK(seat.sees().size() == kMost);
  CHECK(counted(Counter::kOverLimit) > before);
  redis.cli({"DEL", "node:b", "node:c", "node:d", "node:e"});
  for (int i = 0; i < 40; ++i) redis.cli({"SADD", "nodes", "nobody" + std::to_string(i)});
  redis.cli({"SADD", "nodes", std::string(10'000, 'n')});
  CHECK(becomes_true([&] { return seat.sees() == Ids{"a"}; }));
  CHECK(becomes_true([&] {
    seat.sees();
    return redis.cli({"SMEMBERS", "nodes"}) == "a\n";
  }));
}

}  // namespace
}  // namespace mpim
