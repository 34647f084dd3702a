#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>

#include "server/registry/local_registry.h"
#include "server/registry/redis_registry.h"
#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::RedisProcess;

constexpr Millis kLease{1'200};

NodeRecord record_of(const std::string& id, uint64_t epoch) {
  NodeRecord record;
  record.run = {NodeId{id}, epoch};
  record.line = "127.0.0.1:9" + std::to_string(epoch % 1'000);
  record.ws = "127.0.0.1:2";
  record.http = "127.0.0.1:3";
  record.version = "9.9";
  record.started = {1'700'000'000'000};
  return record;
}

// A node as far as its registry: a client, and the lease.
struct Seat {
  explicit Seat(const RedisProcess& redis, const std::string& who = "")
      : desk(testing::quick_redis(redis.url(who))),
        registry(desk.client, {.lease = kLease, .patience = Millis(400)}) {
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

TEST_CASE("a node alone is its whole registry", "[registry][P11]") {
  LocalRegistry registry;
  REQUIRE(registry.nodes().empty());
  REQUIRE(registry.join(record_of("a", 7), [] { return NodeRegistry::Load{3, 4}; }).ok());
  registry.set_state(NodeState::kDraining);
  registry.set_channel(12);
  const auto self = registry.find(NodeId{"a"});
  REQUIRE(self.has_value());
  CHECK(self->state == NodeState::kDraining);
  CHECK(self->channel == 12);
  CHECK(self->connections == 3);
  CHECK(self->sessions == 4);
  CHECK(!registry.find(NodeId{"b"}));
}

TEST_CASE("nodes see one another as each says that it is", "[registry][P11]") {
  RedisProcess redis;
  Seat a(redis);
  Seat b(redis);
  REQUIRE(a.join(record_of("a", 11)).ok());
  REQUIRE(b.join(record_of("b", 12)).ok());
  REQUIRE(a.sees() == Ids{"a", "b"});
  const auto seen = a.registry.find(NodeId{"b"});
  REQUIRE(seen.has_value());
  CHECK(seen->run == NodeRun{NodeId{"b"}, 12});
  CHECK(seen->line == "127.0.0.1:912");
  CHECK(seen->ws == "127.0.0.1:2");
  CHECK(seen->http == "127.0.0.1:3");
  CHECK(seen->version == "9.9");
  CHECK(seen->started == Timestamp{1'700'000'000'000});
  CHECK(seen->connections == 3);
  CHECK(seen->sessions == 6);
  CHECK(seen->lease_left > Millis(0));
  CHECK(seen->lease_left <= kLease);
  b.registry.set_state(NodeState::kDraining);
  b.registry.set_channel(12'345);
  CHECK(becomes_true([&] {
    a.sees();
    const auto now = a.registry.find(NodeId{"b"});
    return now && now->state == NodeState::kDraining && now->channel == 12'345;
  }));
  b.registry.leave();
  CHECK(a.sees() == Ids{"a"});
}

TEST_CASE("a lease is renewed while its node lives, and ends with it", "[registry][P11]") {
  RedisProcess redis;
  Seat a(redis);
  auto b = std::make_unique<Seat>(redis);
  REQUIRE(a.join(record_of("a", 1)).ok());
  REQUIRE(b->join(record_of("b", 2)).ok());
  const auto begun = std::chrono::steady_clock::now();
  CHECK(becomes_true([&] {  // for twice its length
    CHECK(a.sees().size() == 2);
    return std::chrono::steady_clock::now() - begun > 2 * kLease;
  }));
  b->die();
  CHECK(becomes_true([&] { return a.sees() == Ids{"a"}; }));
  CHECK(becomes_true([&] { return redis.cli({"SMEMBERS", "nodes"}) == "a\n"; }));
}

TEST_CASE("a second node of one id is refused while the first lives", "[registry][G25]") {
  RedisProcess redis;
  Seat first(redis);
  Seat second(redis);
  REQUIRE(first.join(record_of("a", 1)).ok());
  const auto refused = second.join(record_of("a", 2));
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kConflict);
  CHECK(refused.error().message ==
        "another node named a runs at 127.0.0.1:91: give this one another node.id");
  CHECK(first.registry.standing().held);
}

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

TEST_CASE("a lease that Redis lost is taken again, and that is told", "[registry][G17]") {
  RedisProcess redis;
  Seat a(redis);
  REQUIRE(a.join(record_of("a", 1)).ok());
  REQUIRE(becomes_true([&] { return a.regained == 1; }));
  SECTION("flushed") {
    redis.cli({"FLUSHALL"});
    CHECK(becomes_true([&] { return a.regained == 2; }));
  }
  SECTION("restarted") {
    redis.kill();
    CHECK(becomes_true([&] { return !a.registry.standing().held; }));
    redis.start();
    CHECK(becomes_true([&] { return a.regained == 2; }));
    CHECK(becomes_true([&] { return a.registry.standing().held; }));
  }
  CHECK(a.sees() == Ids{"a"});
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

}  // namespace
}  // namespace mpim
