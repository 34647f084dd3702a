#include "server/intake/redis_intake.h"

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/redis_desk.h"

namespace mpim {
namespace {

using testing::becomes_true;
using testing::quick_redis;
using testing::RedisDesk;
using testing::RedisProcess;
using testing::run_on;

constexpr Millis kHeed{200};

Draft draft(uint64_t from, uint64_t to, std::string text) {
  Draft made;
  made.to = UserId(to);
  made.sender = UserId(from);
  made.text = std::move(text);
  return made;
}

// One node's intake, with a connection and a loop of its own.
class Side {
 public:
  Side(const RedisProcess& redis, std::string self, uint64_t room = 100)
      : desk_(quick_redis(redis.url())),
        intake(desk_.client, {.self = std::move(self),
                              .shards = 1,
                              .shard_entries_max = room,
                              .heed = kHeed,
                              .lease = Millis(300)}) {
    desk_.start();
    REQUIRE(desk_.comes_up());
    run_on(desk_.loop, [this] { intake.start(); });
    REQUIRE(comes_to(IntakeWay::kStore));
  }
  ~Side() {
    desk_.end([this] { intake.stop(); });
  }

  bool comes_to(IntakeWay way) {
    return becomes_true([this, way] { return intake.way(0) == way; });
  }
  template <class T, class Ask>
  Result<T> answer(Ask ask) {
    std::promise<Result<T>> told;
    ask(Reply<T>(desk_.loop, [&told](Result<T> result) { told.set_value(std::move(result)); }));
    return told.get_future().get();
  }
  void open() {
    REQUIRE(answer<bool>([this](auto reply) { intake.open(0, std::move(reply)); }).ok());
  }
  Admitted add(const std::vector<Draft>& drafts) {
    return *answer<Admitted>([&](auto reply) { intake.add(0, drafts, std::move(reply)); });
  }
  Result<TakenEntries> take(uint32_t count) {
    return answer<TakenEntries>([&](auto reply) { intake.take(0, count, std::move(reply)); });
  }
  uint64_t remove(const std::vector<std::string>& tickets) {
    return *answer<uint64_t>([&](auto reply) { intake.remove(0, tickets, std::move(reply)); });
  }
  bool finish() {
    return *answer<bool>([this](auto reply) { intake.finish(0, std::move(reply)); });
  }
  Instant now() const { return desk_.loop.clock().steady(); }

 private:
  RedisDesk desk_;

 public:
  RedisIntake intake;
};

TEST_CASE("a gate that opens is heeded by all before anything is queued", "[intake][M33]") {
  RedisProcess redis;
  Side one(redis, "one");
  Side two(redis, "two");
  const Instant before = one.now();
  one.open();
  CHECK(one.intake.way(0) == IntakeWay::kWait);
  CHECK(one.add({draft(1001, 1002, "early")}).turned);
  REQUIRE(one.comes_to(IntakeWay::kQueue));
  CHECK(one.now() - before >= kHeed);
  CHECK(two.intake.way(0) != IntakeWay::kStore);
  const Admitted admitted = one.add({draft(1001, 1002, "a"), draft(1001, 1002, "b")});
  REQUIRE(admitted.tickets.size() == 2);
  CHECK_FALSE(one.finish());
  CHECK(one.add({draft(1001, 1002, "while it closes")}).turned);
  const Result<TakenEntries> taken = one.take(10);
  REQUIRE(taken->entries.size() == 2);
  CHECK(taken->entries[1].draft->text == "b");
  CHECK(taken->entries[1].draft->client_id == *admitted.tickets[1]);
  CHECK(becomes_true([&] { return one.intake.standing().oldest > Millis(0); }));
  CHECK(one.remove({*admitted.tickets[0], *admitted.tickets[1]}) == 0);
  CHECK(one.finish());
  CHECK(one.intake.standing().depth == 0);
  CHECK(one.intake.standing().oldest == Millis(0));
  CHECK(two.comes_to(IntakeWay::kStore));
}

TEST_CASE("one at a time takes what waits, and the next finds what it left", "[intake][M34]") {
  RedisProcess redis;
  Side one(redis, "one");
  Side two(redis, "two");
  one.open();
  REQUIRE(one.comes_to(IntakeWay::kQueue));
  one.add({draft(1001, 1002, "a"), draft(1002, 1001, "b"), draft(1001, 1002, "c")});
  REQUIRE(one.take(2)->entries.size() == 2);
  CHECK(two.take(2).error().code == Code::kBusy);
  std::vector<std::string> texts;
  REQUIRE(becomes_true([&] {
    const Result<TakenEntries> left = two.take(10);
    if (!left.ok()) return false;
    for (const QueuedEntry& entry : left->entries) texts.push_back(entry.draft->text);
    return true;
  }));
  CHECK(texts == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a shard that is full takes no more and keeps what it has", "[intake][M38]") {
  RedisProcess redis;
  Side one(redis, "one", 2);
  one.open();
  REQUIRE(one.comes_to(IntakeWay::kQueue));
  const Admitted admitted =
      one.add({draft(1001, 1002, "a"), draft(1001, 1002, "b"), draft(1001, 1002, "c")});
  CHECK(admitted.tickets[1].ok());
  CHECK(admitted.tickets[2].error().code == Code::kBusy);
  CHECK(one.take(10)->entries.size() == 2);
}

TEST_CASE("what waits behind a closed gate is told", "[intake][M35]") {
  RedisProcess redis;
  Side one(redis, "one");
  one.open();
  REQUIRE(one.comes_to(IntakeWay::kQueue));
  const Admitted admitted = one.add({draft(1001, 1002, "a")});
  redis.cli({"DEL", "{intake}:gates"});
  REQUIRE(becomes_true([&] { return one.intake.standing().behind_closed == 1; }));
  CHECK(one.intake.standing().not_closed == 0);
  CHECK(one.intake.standing().shards_in_use == 1);
  one.open();
  REQUIRE(becomes_true([&] { return one.intake.standing().behind_closed == 0; }));
  CHECK(one.intake.depth(0) == 1);
  CHECK(one.remove({*admitted.tickets[0]}) == 0);
  CHECK(one.finish());
  CHECK(one.intake.depth(0) == 0);
}

TEST_CASE("a Redis that refuses the gates is told, and nobody waits for it", "[intake][M33]") {
  RedisProcess redis;
  Side one(redis, "one");
  redis.cli({"ACL", "SETUSER", "default", "-eval"});
  CHECK(becomes_true([&] { return !one.intake.standing().refusal.empty(); }));
  CHECK(one.comes_to(IntakeWay::kAway));
  redis.cli({"ACL", "SETUSER", "default", "+eval"});
  CHECK(one.comes_to(IntakeWay::kStore));
  CHECK(one.intake.standing().refusal.empty());
}

}  // namespace
}  // namespace mpim
