#include "server/directory/redis_directory.h"

#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <set>

#include "server/telemetry/metrics.h"
#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::RedisProcess;

using Names = std::vector<std::string>;

// Whom a registry would say to live.
struct Alive {
  std::mutex mutex;
  std::set<NodeRun> runs;
  std::atomic<int> refreshed{0};

  void set(std::set<NodeRun> now) {
    const std::lock_guard lock(mutex);
    runs = std::move(now);
  }
  bool lives(const NodeRun& run) {
    const std::lock_guard lock(mutex);
    return runs.contains(run);
  }
  std::vector<NodeId> without(const NodeId& self) {
    const std::lock_guard lock(mutex);
    std::vector<NodeId> nodes;
    for (const NodeRun& run : runs)
      if (run.node != self) nodes.push_back(run.node);
    return nodes;
  }
};

// A node as far as its directory, and a worker's loop that asks it.
struct Node {
  Node(const RedisProcess& redis, Alive& alive, const std::string& id, uint64_t epoch,
       Millis cached_for = Millis(60'000), Millis life = Millis(120'000))
      : self{NodeId{id}, epoch},
        here(self.node),
        desk(testing::quick_redis(redis.url())),
        directory(desk.client, here,
                  {.self = self, .life = life, .cached_max = 1'000, .cached_for = cached_for},
                  {.lives = [&alive](const NodeRun& run) { return alive.lives(run); },
                   .all = [&alive, me = self.node] { return alive.without(me); },
                   .refresh =
                       [&alive](Task done) {
                         ++alive.refreshed;
                         done();
                       },
                   .held = [this] { return held.load(); }}) {
    worker.start();
    desk.start();
    REQUIRE(desk.comes_up());
    testing::run_on(desk.loop, [this] { directory.start(); });
  }
  ~Node() {
    worker.stop();
    desk.end([this] { directory.stop(); });
  }

  template <class Whom>
  Names nodes_of(const Whom& whom) {
    std::promise<Names> answer;
    worker.post([&] {
      directory.nodes_of(whom, worker, [&](std::span<const NodeId> nodes) {
        Names names;
        for (const NodeId& node : nodes) names.push_back(node.name);
        std::ranges::sort(names);
        answer.set_value(std::move(names));
      });
    });
    return answer.get_future().get();
  }
  template <class Whom>
  bool finds(const Whom& whom, const Names& wanted) {
    return becomes_true([&] { return nodes_of(whom) == wanted; });
  }

  const NodeRun self;
  LocalDirectory here;
  std::atomic<bool> held{true};
  EventLoop worker{"worker"};
  testing::RedisDesk desk;
  RedisDirectory directory;
};

const NodeRun kA{NodeId{"a"}, 11};
const NodeRun kB{NodeId{"b"}, 12};
constexpr UserId kBob(1'001);
constexpr UserId kEve(1'002);

Audience talk() {
  return {.conversation = ConversationId(1), .group = {}, .one = kBob, .other = kEve};
}
Audience group() {
  return {.conversation = ConversationId(2), .group = GroupId(5), .one = {}, .other = {}};
}

TEST_CASE("a user is found on every node that has a session of his", "[directory][P2]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA, kB});
  Node a(redis, alive, "a", 11);
  Node b(redis, alive, "b", 12, Millis(1));
  a.directory.bind(kBob, Timestamp{77});
  b.directory.bind(kEve, Timestamp{78});
  a.directory.bind(kEve, Timestamp{79});
  CHECK(b.finds(kBob, {"a"}));
  CHECK(b.finds(kEve, {"a", "b"}));
  CHECK(b.finds(talk(), {"a", "b"}));
  CHECK(redis.cli({"HGET", "route:1001", "a"}) == "11 1 77\n");
  a.directory.bind(kBob, Timestamp{90});
  CHECK(becomes_true([&] { return redis.cli({"HGET", "route:1001", "a"}) == "11 2 77\n"; }));
  a.directory.unbind(kEve);
  CHECK(b.finds(kEve, {"b"}));
  CHECK(b.finds(UserId(1'003), {}));
  const int64_t life = std::stoll(redis.cli({"TTL", "route:1001"}));
  CHECK(life > 110);
  CHECK(life <= 120);
}

TEST_CASE("who waits until a session is bound is told when Redis has it, or cannot have it",
          "[directory][P2]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA});
  Node a(redis, alive, "a", 11);
  const auto route_when_bound = [&] {
    std::promise<std::string> seen;
    a.worker.post([&] {
      a.directory.bind(kBob, Timestamp{77});
      a.directory.when_bound(a.worker, [&] {
        seen.set_value(redis.cli({"HGET", "route:1001", "a"}));
      });
    });
    return seen.get_future().get();
  };
  CHECK(route_when_bound() == "11 1 77\n");
  a.held = false;
  CHECK(route_when_bound() == "11 1 77\n");  // nothing is written, and nobody waits
  a.held = true;
  redis.process().signal(SIGSTOP);
  std::promise<void> bound;
  a.worker.post([&] { a.directory.when_bound(a.worker, [&] { bound.set_value(); }); });
  bound.get_future().get();  // when the answer is given up
  redis.process().signal(SIGCONT);
}

TEST_CASE("a group is every node that lives, and this one when anybody is here",
          "[directory][M1]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA, kB});
  Node a(redis, alive, "a", 11);
  const uint64_t commands = counted(Counter::kRedisCommands);
  CHECK(a.nodes_of(group()) == Names{"b"});
  a.directory.bind(kBob, Timestamp{1});
  CHECK(a.nodes_of(group()) == Names{"a", "b"});
  CHECK(counted(Counter::kRedisCommands) <= commands + 1);  // the route, and no look-up
}

TEST_CASE("an entry counts only while that run of its node lives", "[directory][P2][P5]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA});
  Node a(redis, alive, "a", 11, Millis(1));
  redis.cli({"HSET", "route:1001", "b", "12 1 5", "c", "nonsense", "a", "10 1 5"});
  CHECK(a.nodes_of(kBob).empty());
  CHECK(alive.refreshed == 1);  // a run that is not known is asked for
  alive.set({kA, kB});
  CHECK(a.finds(kBob, {"b"}));
  alive.set({kA, {NodeId{"b"}, 13}});
  CHECK(a.finds(kBob, {}));
}

TEST_CASE("a node removes its own entry alone, and not that of its later run", "[directory][P2]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA, kB});
  Node a(redis, alive, "a", 11);
  a.directory.bind(kBob, Timestamp{5});
  a.directory.bind(kEve, Timestamp{5});
  REQUIRE(becomes_true([&] { return redis.cli({"HGET", "route:1002", "a"}) == "11 1 5\n"; }));
  redis.cli({"HSET", "route:1001", "b", "12 1 5"});
  redis.cli({"HSET", "route:1002", "a", "14 1 5"});
  a.directory.unbind(kBob);
  a.directory.unbind(kEve);
  CHECK(becomes_true([&] { return redis.cli({"HKEYS", "route:1001"}) == "b\n"; }));
  a.directory.bind(UserId(1'003), Timestamp{5});
  REQUIRE(becomes_true([&] { return redis.cli({"EXISTS", "route:1003"}) == "1\n"; }));
  CHECK(redis.cli({"HGET", "route:1002", "a"}) == "14 1 5\n");
}

TEST_CASE("with a warm cache nothing is asked, and what is heard corrects it",
          "[directory][O1][P5]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA, kB});
  Node a(redis, alive, "a", 11);
  Node b(redis, alive, "b", 12);
  CHECK(a.nodes_of(kBob).empty());  // remembered, too
  b.directory.bind(kBob, Timestamp{5});
  REQUIRE(becomes_true([&] { return redis.cli({"EXISTS", "route:1001"}) == "1\n"; }));
  const uint64_t hits = counted(Counter::kCacheRoutesMemory);
  for (int i = 0; i < 100; ++i) CHECK(a.nodes_of(kBob).empty());
  CHECK(counted(Counter::kCacheRoutesMemory) == hits + 100);
  const EnvelopePtr came =
      std::make_shared<const Envelope>(PresenceChanged{{kBob, PresenceState::kOnline, {1}}});
  testing::run_on(a.desk.loop, [&] { a.directory.heard(kB.node, {&came, 1}); });
  CHECK(a.nodes_of(kBob) == Names{"b"});
  redis.cli({"DEL", "route:1001"});
  CHECK(a.nodes_of(kBob) == Names{"b"});
  a.directory.forget(kB.node);  // nobody heard a publish
  CHECK(a.nodes_of(kBob).empty());
}

TEST_CASE("users of one turn are looked up in one round trip, each once", "[directory][O1][P4]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA, kB});
  Node a(redis, alive, "a", 11);
  redis.process().signal(SIGSTOP);
  const uint64_t commands = counted(Counter::kRedisCommands);
  std::atomic<int> answers{0};
  std::promise<void> asked;
  a.worker.post([&] {
    for (int round = 0; round < 10; ++round)
      for (uint64_t user = 2'000; user < 2'050; ++user)
        a.directory.nodes_of(UserId(user), a.worker, [&](std::span<const NodeId>) { ++answers; });
    asked.set_value();
  });
  asked.get_future().wait();
  testing::run_on(a.desk.loop, [] {});
  CHECK(counted(Counter::kRedisCommands) <= commands + 51);  // and perhaps a sign of life
  CHECK(answers == 0);
  redis.process().signal(SIGCONT);
  CHECK(becomes_true([&] { return answers == 500; }));
}

TEST_CASE("while Redis is away this node is the answer, at once", "[directory][M57]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA, kB});
  Node a(redis, alive, "a", 11);
  a.directory.bind(kBob, Timestamp{5});
  redis.kill();
  REQUIRE(becomes_true([&] { return !a.desk.client.up(); }));
  bool inside = false;
  a.directory.nodes_of(talk(), a.worker, [&](std::span<const NodeId> nodes) {
    inside = nodes.size() == 1 && nodes[0] == kA.node;
  });
  CHECK(inside);
  CHECK(a.nodes_of(group()) == Names{"a"});
  CHECK(a.nodes_of(kEve).empty());
}

TEST_CASE("all routes are written again when that is asked for", "[directory][G17]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA});
  Node a(redis, alive, "a", 11);
  a.held = false;  // as long as the lease is not ours nothing is written
  for (uint64_t user = 2'000; user < 3'200; ++user) a.directory.bind(UserId(user), Timestamp{5});
  testing::run_on(a.desk.loop, [] {});
  CHECK(redis.cli({"DBSIZE"}) == "0\n");
  a.held = true;
  std::promise<void> written;
  a.desk.loop.post([&] { a.directory.rewrite([&] { written.set_value(); }); });
  REQUIRE(written.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(redis.cli({"DBSIZE"}) == "1200\n");
}

TEST_CASE("routes are renewed while their users are here", "[directory][P2][P8]") {
  RedisProcess redis;
  Alive alive;
  alive.set({kA});
  Node a(redis, alive, "a", 11, Millis(1), Millis(600));
  a.directory.bind(kBob, Timestamp{5});
  a.directory.bind(kEve, Timestamp{5});
  REQUIRE(becomes_true([&] { return redis.cli({"DBSIZE"}) == "2\n"; }));
  redis.cli({"DEL", "route:1002"});
  CHECK(becomes_true([&] { return redis.cli({"DBSIZE"}) == "2\n"; }));
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < Millis(1'500))
    REQUIRE(redis.cli({"EXISTS", "route:1001"}) == "1\n");
  a.directory.unbind(kBob);
  CHECK(becomes_true([&] { return redis.cli({"EXISTS", "route:1001"}) == "0\n"; }));
}

TEST_CASE("of a route with more nodes than a user can have only so many are looked at",
          "[directory][G25]") {
  RedisProcess redis;
  Alive alive;
  std::set<NodeRun> runs{kA};
  const auto add = [&](int nodes) {
    for (int i = static_cast<int>(runs.size()); i <= nodes; ++i) {
      const std::string name = "n" + std::to_string(i);
      redis.cli({"HSET", "route:1001", name, "7 1 77"});
      runs.insert(NodeRun{NodeId{name}, 7});
    }
    alive.set(runs);
  };
  Node a(redis, alive, "a", 11, Millis(1));
  const uint64_t before = counted(Counter::kOverLimit);
  add(64);
  CHECK(becomes_true([&] { return a.nodes_of(kBob).size() == 64; }));
  CHECK(counted(Counter::kOverLimit) == before);
  add(65);
  CHECK(becomes_true([&] {
    a.nodes_of(kBob);
    return counted(Counter::kOverLimit) > before;
  }));
  CHECK(a.nodes_of(kBob).size() == 64);
}

}  // namespace
}  // namespace mpim
