// Clusters of real Redis and of the classes a node has, without the rest of the node.
#include <signal.h>

#include <catch2/catch.hpp>
#include <set>

#include "server/loop/event_loop.h"
#include "server/node/cluster/cluster.h"
#include "server/service/fanout.h"
#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::RedisProcess;

Settings settings_for(const RedisProcess& redis, const std::string& id, const std::string& who) {
  Settings settings;
  settings.node.id = id;
  settings.node.lease_ms = 900;
  settings.redis.url = redis.url(who);
  settings.redis.answer_timeout_ms = 300;
  settings.redis.connect_timeout_ms = 500;
  settings.redis.retry_max_ms = 100;
  return settings;
}

// A node: its part in the cluster, and one worker's fan-out.
struct Node {
  Node(const RedisProcess& redis, const std::string& id, const std::string& who = "")
      : here(NodeId{id}),
        cluster(std::move(make_cluster(settings_for(redis, id, who), here, worker)).value()),
        fanout(worker, cluster->directory(), cluster->bus()) {
    cluster->bus().subscribe(NodeId{id}, [this](std::span<const EnvelopePtr> envelopes) {
      const std::lock_guard lock(mutex);
      for (const EnvelopePtr& each : envelopes)
        if (const auto* const entry = std::get_if<EntryCommitted>(each.get()))
          heard.push_back(entry->entry->seq.value);
    });
    worker.start();
  }
  ~Node() {
    cluster->end();
    worker.stop();
  }
  Result<void> join() {
    NodeRecord self;
    self.line = "127.0.0.1:9000";
    return cluster->join(
        self,
        [this] {
          return NodeRegistry::Load{0, here.sessions()};
        },
        [this] { ++woken; });
  }
  void send(uint64_t seq, const Audience& audience) {
    Entry entry;
    entry.conversation = audience.conversation;
    entry.seq = Seq(seq);
    entry.sender = audience.one;
    entry.text = "hello";
    Appended appended{};
    appended.entry = std::make_shared<const Entry>(entry);
    appended.audience = audience;
    testing::run_on(worker, [&] { fanout.committed(appended); });
  }
  bool hears(size_t count) {
    return becomes_true([&] {
      const std::lock_guard lock(mutex);
      return heard.size() >= count;
    });
  }
  bool sees(size_t nodes) const {
    return becomes_true([&] {
      size_t listening = 0;
      for (const NodeRecord& node : cluster->registry().nodes()) listening += node.channel != 0;
      return listening == nodes;
    });
  }
  std::string check(const std::string& name) const {
    for (const HealthCheck& each : cluster->checks())
      if (each.name == name) return (each.ok ? "ok " : "bad ") + each.detail;
    return "";
  }

  LocalDirectory here;
  EventLoop worker{"worker"};
  std::unique_ptr<Cluster> cluster;
  Fanout fanout;
  std::mutex mutex;
  std::vector<uint64_t> heard;
  std::atomic<int> woken{0};
};

constexpr UserId kAnn(1'001);
constexpr UserId kBob(1'002);
Audience talk() {
  return {.conversation = ConversationId(1), .group = {}, .one = kAnn, .other = kBob};
}

struct Pair {
  Pair() {
    REQUIRE(a.join().ok());
    REQUIRE(b.join().ok());
    REQUIRE(a.sees(2));
    REQUIRE(b.sees(2));
    a.cluster->directory().bind(kAnn, Timestamp{1});
    b.cluster->directory().bind(kBob, Timestamp{2});
    REQUIRE(becomes_true([&] {
      return redis.cli({"EXISTS", "route:1001", "route:1002"}) == "2\n";
    }));
  }
  RedisProcess redis;
  Node a{redis, "a"};
  Node b{redis, "b"};
};

TEST_CASE("without redis.url a node is alone, and never cut off", "[node][M1]") {
  Settings settings;
  LocalDirectory here(NodeId{"local"});
  EventLoop home("control");
  const auto cluster = make_cluster(settings, here, home);
  REQUIRE(cluster.ok());
  CHECK(!(*cluster)->cut_off());
  CHECK((*cluster)->checks().empty());
  settings.redis.url = "redis://:@";
  const auto refused = make_cluster(settings, here, home);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kBadRequest);
}

TEST_CASE("what is committed on one node reaches the other in order, and cheaply", "[node][M1]") {
  Pair pair;
  pair.a.send(1, talk());  // warms the cache
  REQUIRE(pair.b.hears(1));
  constexpr uint64_t kMessages = 1'000;
  const uint64_t commands = counted(Counter::kRedisCommands);
  for (uint64_t seq = 2; seq <= kMessages + 1; ++seq) pair.a.send(seq, talk());
  REQUIRE(pair.b.hears(kMessages + 1));
  const double per_message =
      static_cast<double>(counted(Counter::kRedisCommands) - commands) / kMessages;
  WARN("Redis commands per cross-node message: " << per_message);
  CHECK(per_message <= 1.2);
  for (uint64_t i = 0; i <= kMessages; ++i) {
    REQUIRE(pair.a.heard[i] == i + 1);
    REQUIRE(pair.b.heard[i] == i + 1);
  }
}

TEST_CASE("a message to a group is one publish for each other node", "[node][M1]") {
  Pair pair;
  const Audience group{
      .conversation = ConversationId(2), .group = GroupId(9), .one = {}, .other = {}};
  for (uint64_t user = 2'000; user < 3'000; ++user)
    pair.b.cluster->directory().bind(UserId(user), Timestamp{1});
  const uint64_t published = counted(Counter::kBusPublished);
  pair.a.send(1, group);
  REQUIRE(pair.b.hears(1));
  CHECK(counted(Counter::kBusPublished) == published + 1);
}

TEST_CASE("a killed Redis is told of, local delivery goes on, and all comes back", "[node][M57]") {
  Pair pair;
  CHECK(!pair.a.cluster->cut_off());
  const int woken = pair.a.woken;
  pair.redis.kill();
  REQUIRE(becomes_true([&] {
    return pair.a.check("redis").find("ok degraded: delivery by the sweep alone; Redis is away") ==
           0;
  }));
  CHECK(pair.a.cluster->cut_off());
  CHECK(becomes_true([&] { return pair.a.woken > woken; }));
  CHECK(becomes_true([&] { return pair.a.check("registry").find("ok degraded") == 0; }));
  CHECK(becomes_true([&] { return pair.b.cluster->cut_off(); }));
  pair.a.send(1, talk());
  CHECK(pair.a.heard.size() == 1);
  CHECK(pair.b.heard.empty());
  const int before = pair.b.woken;
  pair.redis.start();
  REQUIRE(becomes_true([&] { return !pair.a.cluster->cut_off() && !pair.b.cluster->cut_off(); }));
  REQUIRE(pair.a.sees(2));
  CHECK(becomes_true([&] { return pair.b.woken > before; }));  // the sweep looks for what was lost
  CHECK(pair.redis.cli({"EXISTS", "route:1001", "route:1002"}) == "2\n");
  pair.a.send(2, talk());
  CHECK(pair.b.hears(1));
}

TEST_CASE("a flushed Redis is filled again by the nodes themselves", "[node][M57]") {
  Pair pair;
  const int woken = pair.b.woken;
  pair.redis.cli({"FLUSHALL"});
  CHECK(becomes_true([&] {
    return pair.redis.cli({"EXISTS", "route:1001", "route:1002", "node:a", "node:b"}) == "4\n";
  }));
  CHECK(becomes_true([&] { return pair.b.woken > woken; }));
  REQUIRE(pair.a.sees(2));
  pair.a.send(1, talk());
  CHECK(pair.b.hears(1));
}

TEST_CASE("a Redis that stands still holds local delivery up no longer than its time-out",
          "[node][M57]") {
  Pair pair;
  pair.redis.process().signal(SIGSTOP);
  const auto begun = std::chrono::steady_clock::now();
  pair.a.send(1, talk());
  CHECK(pair.a.hears(1));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(3));
  pair.redis.process().signal(SIGCONT);
  CHECK(becomes_true([&] { return !pair.a.cluster->cut_off(); }));
}

TEST_CASE("the rights that docs/cluster.md gives a user are enough", "[node][G25]") {
  RedisProcess redis;
  // As the document has it.
  const std::vector<std::string> rights{"~route:*",
                                        "~node:*",
                                        "~nodes",
                                        "~settings",
                                        "~slot:*",
                                        "~{intake}:*",
                                        "&nodes",
                                        "&[1-5][0-9][0-9][0-9][0-9]",
                                        "+select",
                                        "+ping",
                                        "+info",
                                        "+eval",
                                        "+hgetall",
                                        "+hget",
                                        "+hset",
                                        "+hdel",
                                        "+get",
                                        "+set",
                                        "+del",
                                        "+pexpire",
                                        "+pttl",
                                        "+smembers",
                                        "+sadd",
                                        "+srem",
                                        "+publish",
                                        "+subscribe",
                                        "+xlen"};
  std::vector<std::string> command{"ACL", "SETUSER", "mpim", "on", ">pw"};
  command.insert(command.end(), rights.begin(), rights.end());
  redis.cli(command);
  Node a(redis, "a", "mpim:pw");
  Node b(redis, "b", "mpim:pw");
  REQUIRE(a.join().ok());
  REQUIRE(b.join().ok());
  REQUIRE(a.sees(2));
  b.cluster->directory().bind(kBob, Timestamp{2});
  REQUIRE(becomes_true([&] { return redis.cli({"EXISTS", "route:1002"}) == "1\n"; }));
  a.send(1, talk());
  CHECK(b.hears(1));
  b.cluster->directory().unbind(kBob);
  CHECK(becomes_true([&] { return redis.cli({"EXISTS", "route:1002"}) == "0\n"; }));
  CHECK(redis.cli({"ACL", "LOG"}) == "\n");
}

TEST_CASE("a node that leaves is gone at once, and one of the same id is refused", "[node][P11]") {
  Pair pair;
  Node again(pair.redis, "b");
  const auto refused = again.join();
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Code::kConflict);
  pair.b.cluster->leave();
  CHECK(pair.a.sees(1));
  CHECK(pair.a.check("registry") == "ok 1 nodes");
}

}  // namespace
}  // namespace mpim
