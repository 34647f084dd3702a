#include "server/bus/redis_bus.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "server/bus/local_bus.h"
#include "server/contract/bus_convert.h"
#include "server/telemetry/metrics.h"
#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::RedisProcess;

EnvelopePtr numbered(uint64_t user, uint64_t number) {
  return std::make_shared<const Envelope>(DeviceReplaced{UserId(user), DeviceId(1), number});
}

// Who is where: what a registry would know.
class Town {
 public:
  void set(const NodeRun& run, uint32_t channel) {
    const std::lock_guard lock(mutex_);
    at_[run.node] = {run, channel};
  }
  std::optional<BusAddress> find(const NodeId& node) const {
    const std::lock_guard lock(mutex_);
    const auto found = at_.find(node);
    return found == at_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<NodeId, BusAddress> at_;
};

// A node as far as its bus.
struct Stop {
  Stop(const RedisProcess& redis, Town& town, const std::string& id, uint64_t epoch)
      : self{NodeId{id}, epoch},
        desk(testing::quick_redis(redis.url())),
        bus(desk.client, desk.options,
            {.self = self, .lease = Millis(600), .announcements = "nodes"},
            {.where = [&town](const NodeId& node) { return town.find(node); },
             .unheard =
                 [this](const NodeId& node) {
                   const std::lock_guard lock(mutex);
                   unheard.push_back(node.name);
                 },
             .heard =
                 [this](const NodeId& from, std::span<const EnvelopePtr>) {
                   const std::lock_guard lock(mutex);
                   senders.insert(from.name);
                 },
             .listening =
                 [this, &town](uint32_t channel) {
                   town.set(self, channel);
                   ++listenings;
                 },
             .announced = [this] { ++announced; }}) {
    bus.subscribe(self.node, [this](std::span<const EnvelopePtr> envelopes) {
      const std::lock_guard lock(mutex);
      for (const EnvelopePtr& each : envelopes) got.push_back(std::get<DeviceReplaced>(*each));
      ++packets;
    });
    desk.client.on_change([this](bool up) { bus.redis_changed(up); });
    desk.start();
    REQUIRE(becomes_true([this] { return bus.listening(); }));
  }
  ~Stop() {
    desk.end([this] { bus.stop(); });
  }
  bool gets(size_t count) {
    return becomes_true([&] {
      const std::lock_guard lock(mutex);
      return got.size() >= count;
    });
  }

  const NodeRun self;
  std::mutex mutex;
  std::vector<DeviceReplaced> got;
  std::vector<std::string> unheard;
  std::set<std::string> senders;
  size_t packets = 0;
  std::atomic<int> listenings{0};
  std::atomic<int> announced{0};
  testing::RedisDesk desk;
  RedisBus bus;
};

TEST_CASE("envelopes of each thread arrive at another node in their order", "[bus][M1]") {
  RedisProcess redis;
  Town town;
  Stop a(redis, town, "a", 1);
  Stop b(redis, town, "b", 2);
  constexpr uint64_t kEach = 3'000;
  std::vector<std::thread> threads;
  for (uint64_t user = 1; user <= 3; ++user)
    threads.emplace_back([&, user] {
      for (uint64_t i = 1; i <= kEach; ++i) {
        const EnvelopePtr one = numbered(user, i);
        a.bus.publish(b.self.node, {&one, 1});
      }
    });
  for (std::thread& each : threads) each.join();
  REQUIRE(b.gets(3 * kEach));
  std::map<UserId, uint64_t> last;
  for (const DeviceReplaced& each : b.got) REQUIRE(each.generation == ++last[each.user]);
  CHECK(b.senders == std::set<std::string>{"a"});
  CHECK(b.packets < 3 * kEach);  // what waits together goes together
}

TEST_CASE("a batch is one publish, and this node's own never leaves it", "[bus][M1]") {
  RedisProcess redis;
  Town town;
  Stop a(redis, town, "a", 1);
  Stop b(redis, town, "b", 2);
  std::vector<EnvelopePtr> batch;
  for (uint64_t i = 1; i <= 50; ++i) batch.push_back(numbered(1, i));
  const uint64_t published = counted(Counter::kBusPublished);
  a.bus.publish(a.self.node, batch);
  CHECK(a.got.size() == 50);  // before it returned
  CHECK(counted(Counter::kBusPublished) == published);
  a.bus.publish(b.self.node, batch);
  REQUIRE(b.gets(50));
  CHECK(counted(Counter::kBusPublished) == published + 1);
  CHECK(b.packets == 1);
}

TEST_CASE("a node that nobody hears is told of, and one that is unknown", "[bus][M57]") {
  RedisProcess redis;
  Town town;
  Stop a(redis, town, "a", 1);
  town.set({NodeId{"gone"}, 9}, 59'999);
  const EnvelopePtr one = numbered(1, 1);
  const uint64_t dropped = counted(Counter::kBusDropped);
  a.bus.publish(NodeId{"gone"}, {&one, 1});
  a.bus.publish(NodeId{"never"}, {&one, 1});
  CHECK(becomes_true([&] {
    const std::lock_guard lock(a.mutex);
    return a.unheard.size() == 2;
  }));
  CHECK(counted(Counter::kBusDropped) == dropped + 2);
}

TEST_CASE("what is for another run, another node or nobody is dropped and counted", "[bus][G25]") {
  RedisProcess redis;
  Town town;
  Stop b(redis, town, "b", 2);
  const std::string channel = std::to_string(town.find(b.self.node)->channel);
  const std::string body = packed_envelope(*numbered(1, 1));
  const NodeRun from{NodeId{"a"}, 1};
  const uint64_t dropped = counted(Counter::kBusDropped);
  std::promise<void> sent;
  for (const NodeRun& to : {NodeRun{NodeId{"b"}, 1}, NodeRun{NodeId{"c"}, 2}})
    b.desk.client.tell({"PUBLISH", channel, packed_packet(from, to, {&body, 1})});
  b.desk.client.tell({"PUBLISH", channel, "\xFF\xFF"});
  b.desk.client.tell({"PUBLISH", channel, packed_packet(from, b.self, {&body, 1})});
  REQUIRE(b.gets(1));
  CHECK(b.got.size() == 1);
  CHECK(counted(Counter::kBusDropped) == dropped + 3);
}

TEST_CASE("a bus hears again after Redis was away, and says so", "[bus][G17]") {
  RedisProcess redis;
  Town town;
  Stop a(redis, town, "a", 1);
  Stop b(redis, town, "b", 2);
  const EnvelopePtr one = numbered(1, 1);
  redis.kill();
  REQUIRE(becomes_true([&] { return !a.desk.client.up() && !b.bus.listening(); }));
  const uint64_t dropped = counted(Counter::kBusDropped);
  a.bus.publish(b.self.node, {&one, 1});
  CHECK(counted(Counter::kBusDropped) == dropped + 1);
  redis.start();
  REQUIRE(
      becomes_true([&] { return b.listenings == 2 && a.listenings == 2 && a.desk.client.up(); }));
  a.bus.publish(b.self.node, {&one, 1});
  CHECK(b.gets(1));
  CHECK(redis.cli({"PUBLISH", "nodes", "x"}) == "2\n");
  CHECK(becomes_true([&] { return a.announced == 1 && b.announced == 1; }));
}

TEST_CASE("what a stalled Redis does not take is bounded", "[bus][G50]") {
  RedisProcess redis;
  Town town;
  Stop a(redis, town, "a", 1);
  Stop b(redis, town, "b", 2);
  redis.process().signal(SIGSTOP);
  const uint64_t dropped = counted(Counter::kBusDropped);
  const EnvelopePtr one = std::make_shared<const Envelope>(
      SessionsEnded{UserId(1), DeviceId(1), Error{Code::kDenied, std::string(1 << 20, 'x')}});
  for (int i = 0; i < 100; ++i) a.bus.publish(b.self.node, {&one, 1});
  CHECK(counted(Counter::kBusDropped) >= dropped + 30);
  redis.process().signal(SIGCONT);
}

TEST_CASE("the bus of one node drops and counts what is for another", "[bus][G25]") {
  LocalBus bus;
  int got = 0;
  bus.subscribe(NodeId{"a"}, [&](std::span<const EnvelopePtr>) { ++got; });
  const EnvelopePtr one = numbered(1, 1);
  const uint64_t dropped = counted(Counter::kBusDropped);
  bus.publish(NodeId{"b"}, {&one, 1});
  bus.publish(NodeId{"a"}, {&one, 1});
  CHECK(got == 1);
  CHECK(counted(Counter::kBusDropped) == dropped + 1);
}

}  // namespace
}  // namespace mpim
