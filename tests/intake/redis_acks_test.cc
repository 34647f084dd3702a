#include "server/intake/redis_acks.h"

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

Ack mark(uint64_t seq) {
  return ReadMark{UserId(1001), DeviceId(7), {MessageId(ConversationId(1), Seq(seq))}};
}

// One node's queue, with a connection and a loop of its own.
class Side {
 public:
  Side(const RedisProcess& redis, std::string self, uint64_t room = 100)
      : desk_(quick_redis(redis.url())),
        acks(desk_.client, {.self = std::move(self),
                            .entries_max = room,
                            .look = Millis(50),
                            .lease = Millis(300)}) {
    desk_.start();
    REQUIRE(desk_.comes_up());
    run_on(desk_.loop, [this] { acks.start(); });
  }
  ~Side() {
    desk_.end([this] { acks.stop(); });
  }

  template <class T, class Ask>
  Result<T> answer(Ask ask) {
    std::promise<Result<T>> told;
    ask(Reply<T>(desk_.loop, [&told](Result<T> result) { told.set_value(std::move(result)); }));
    return told.get_future().get();
  }
  Result<bool> add(std::vector<Ack> given) {
    return answer<bool>([&](auto reply) { acks.add(std::move(given), std::move(reply)); });
  }
  Result<TakenAcks> take(uint32_t count) {
    return answer<TakenAcks>([&](auto reply) { acks.take(count, std::move(reply)); });
  }
  uint64_t remove(const std::vector<std::string>& tickets) {
    return *answer<uint64_t>([&](auto reply) { acks.remove(tickets, std::move(reply)); });
  }

 private:
  RedisDesk desk_;

 public:
  RedisAcks acks;
};

TEST_CASE("acknowledgements wait for one taker at a time, and their lag is seen", "[intake][M35]") {
  RedisProcess redis;
  Side one(redis, "one");
  Side two(redis, "two");
  CHECK(one.add({mark(1)}).error().code == Code::kUnavailable);  // of which store?
  one.acks.set_epoch("e1");
  REQUIRE(one.add({mark(1), mark(2)}).ok());
  one.acks.set_epoch("e2");
  REQUIRE(one.add({mark(3)}).ok());
  for (Side* side : {&one, &two})
    CHECK(becomes_true([&] { return side->acks.standing().depth == 3; }));
  CHECK(becomes_true([&] { return two.acks.standing().oldest > Millis(0); }));
  REQUIRE(one.take(2)->entries.size() == 2);
  CHECK(two.take(2).error().code == Code::kBusy);
  Result<TakenAcks> left = two.take(10);
  REQUIRE(becomes_true([&] { return (left = two.take(10)).ok(); }));
  REQUIRE(left->entries.size() == 3);
  CHECK(left->claimed == 2);
  CHECK(left->entries[0].ack->epoch == "e1");
  CHECK(left->entries[2].ack->epoch == "e2");
  CHECK(std::get<ReadMark>(left->entries[2].ack->ack).through.id.seq() == Seq(3));
  CHECK(two.remove({left->entries[0].ticket, left->entries[1].ticket, left->entries[2].ticket}) ==
        0);
  CHECK(becomes_true([&] { return one.acks.standing().depth == 0; }));
  CHECK(one.acks.standing().oldest == Millis(0));
}

TEST_CASE("a full queue of acknowledgements takes all or none", "[intake][M35]") {
  RedisProcess redis;
  Side one(redis, "one", 2);
  one.acks.set_epoch("e1");
  REQUIRE(one.add({mark(1)}).ok());
  CHECK(one.add({mark(2), mark(3)}).error().code == Code::kBusy);
  REQUIRE(one.add({mark(2)}).ok());
  redis.cli({"XADD", "{intake}:acks", "*", "ack", "junk"});
  const Result<TakenAcks> taken = one.take(10);
  REQUIRE(taken->entries.size() == 3);
  CHECK(taken->entries[1].ack.ok());
  CHECK(taken->entries[2].ack.error().code == Code::kBadRequest);
}

}  // namespace
}  // namespace mpim
