#include "server/service/intake/ack_runner.h"

#include <deque>

#include "server/telemetry/metrics.h"
#include "tests/service/service_rig.h"

namespace mpim {
namespace {

// A queue that a test fills.
class StagedAcks final : public AckIntake {
 public:
  Millis patience() const override { return Millis(0); }
  AckStanding standing() const override {
    AckStanding now;
    now.depth = waiting.size();
    return now;
  }
  void set_epoch(std::string of) override { epoch = std::move(of); }
  void add(std::vector<Ack>, Reply<bool> added) override {
    added(Error{Code::kInternal, "a test adds by itself"});
  }
  void take(uint32_t count_max, Reply<TakenAcks> taken) override {
    TakenAcks found;
    found.depth = waiting.size();
    for (const QueuedAck& each : waiting)
      if (found.entries.size() < count_max) found.entries.push_back(each);
    taken_at_once.push_back(found.entries.size());
    taken(std::move(found));
  }
  void remove(const std::vector<std::string>& tickets, Reply<uint64_t> left) override {
    for (const std::string& ticket : tickets)
      std::erase_if(waiting, [&](const QueuedAck& each) { return each.ticket == ticket; });
    left(waiting.size());
  }

  std::deque<QueuedAck> waiting;
  std::vector<size_t> taken_at_once;
  std::string epoch;
};

// Ann has sent Bob three messages, and his session has shown them.
struct Rig : testing::ServiceRig {
  explicit Rig(uint32_t attempts_max = 3)
      : ann(*enroll("ann")),
        bob(*enroll("bob")),
        runner(loop, storage, fanout, acks, [this] { return healthy; },
               {.attempts_max = attempts_max}) {
    for (const char* const text : {"one", "two", "three"})
      sent.push_back(*send(ann, bob.user, text));
    runner.start();
  }
  uint32_t unread() {
    const Result<std::vector<Unread>> all = storage.store().cursors().unread(bob.user, 10);
    return all->empty() ? 0 : all->front().count;
  }
  void queue_read(size_t through, const std::string& epoch) {
    const Committed& entry = sent.at(through);
    acks.waiting.push_back(
        {"acks-" + std::to_string(++tickets), "bytes",
         WaitingAck{epoch, ReadMark{bob.user, bob.device, {entry.id, entry.at}}}});
  }
  std::vector<DeadLetter> dead() { return *storage.store().dead_letters().list(0, 10); }

  LoggedIn ann, bob;
  std::vector<Committed> sent;
  StagedAcks acks;
  bool healthy = true;
  int tickets = 0;
  AckRunner runner;
};

TEST_CASE("waiting acknowledgements are stored together once the store is back", "[intake][M35]") {
  Rig rig;
  const std::string epoch = *rig.storage.store().epoch();
  rig.healthy = false;
  rig.queue_read(0, epoch);
  rig.queue_read(1, epoch);
  rig.loop.advance(Millis(1'000));
  CHECK(rig.acks.waiting.size() == 2);
  CHECK(rig.unread() == 3);
  rig.healthy = true;
  rig.loop.advance(Millis(1'000));
  CHECK(rig.acks.epoch == epoch);
  CHECK(rig.acks.waiting.empty());
  CHECK(rig.acks.taken_at_once == std::vector<size_t>{2});
  CHECK(rig.unread() == 1);
}

TEST_CASE("acknowledgements of a store that was restored since are dropped and counted",
          "[intake][M35]") {
  Rig rig;
  const uint64_t before = counted(Counter::kIntakeAcksRefused);
  rig.queue_read(2, "another epoch");
  rig.queue_read(0, *rig.storage.store().epoch());
  rig.loop.advance(Millis(1'000));
  CHECK(rig.acks.waiting.empty());
  CHECK(rig.unread() == 2);
  CHECK(counted(Counter::kIntakeAcksRefused) == before + 1);
  CHECK(rig.dead().empty());
}

TEST_CASE("acknowledgements wait while nothing can be stored, not even that they are given up",
          "[intake][M35]") {
  Rig rig(2);
  const std::string epoch = *rig.storage.store().epoch();
  rig.loop.advance(Millis(200));
  rig.storage.failing = Error{Code::kUnavailable, "the disk is full"};
  rig.queue_read(0, epoch);
  rig.queue_read(1, epoch);
  rig.loop.advance(Millis(60'000));
  CHECK(rig.acks.waiting.size() == 2);
  CHECK(rig.acks.taken_at_once.front() == 2);  // then one by one
  CHECK(rig.acks.taken_at_once.back() == 1);
  CHECK(rig.acks.taken_at_once.size() < 30);  // with pauses
  rig.storage.failing.reset();
  rig.loop.advance(Millis(10'000));
  CHECK(rig.acks.waiting.empty());
  CHECK(rig.unread() == 1);
  CHECK(rig.dead().empty());
}

TEST_CASE("what is no acknowledgement becomes a dead letter, and those behind it are stored",
          "[intake][M35][M36]") {
  Rig rig;
  const std::string epoch = *rig.storage.store().epoch();
  rig.queue_read(0, epoch);
  rig.acks.waiting.push_back({"acks-junk", "junk", Error{Code::kBadRequest, "no acknowledgement"}});
  rig.queue_read(1, epoch);
  rig.loop.advance(Millis(1'000));
  CHECK(rig.acks.waiting.empty());
  CHECK(rig.unread() == 1);
  REQUIRE(rig.dead().size() == 1);
  CHECK(rig.dead()[0].source == "intake acks-junk");
  CHECK(rig.dead()[0].body == "junk");
}

}  // namespace
}  // namespace mpim
