#include "server/intake/redis_acks.h"

#include <utility>

#include "server/contract/intake_convert.h"
#include "server/intake/intake_scripts.h"

namespace mpim {

RedisAcks::RedisAcks(RedisClient& redis, const AckIntakeOptions& options)
    : redis_(redis),
      loop_(redis.loop()),
      options_(options),
      stream_(redis, "acks", "acks", options.self, options.lease),
      refusal_(redis.loop(), "acks", [this] { look(); }) {}

void RedisAcks::start() {
  running_ = true;
  look();
  beat();
}

void RedisAcks::stop() {
  running_ = false;
  loop_.cancel(timer_);
  refusal_.stop();
}

void RedisAcks::beat() {
  timer_ = loop_.after(options_.look, [this] {
    if (!running_) return;
    if (redis_.up()) look();
    beat();
  });
}

void RedisAcks::look() {
  redis_.ask({"EVAL", intake_scripts::kDepth, "1", stream_.key()},
             [this](const Result<RedisAnswer>& told) {
               refusal_.note(told);
               if (!told.ok()) return;
               const std::lock_guard lock(mutex_);
               standing_.depth = std::strtoull(told->text_at(0).c_str(), nullptr, 10);
               standing_.oldest = Millis(std::strtoull(told->text_at(1).c_str(), nullptr, 10));
             });
}

AckStanding RedisAcks::standing() const {
  std::string refusal = refusal_.why();
  const std::lock_guard lock(mutex_);
  AckStanding now = standing_;
  now.refusal = std::move(refusal);
  return now;
}

void RedisAcks::set_epoch(std::string epoch) {
  const std::lock_guard lock(mutex_);
  epoch_ = std::move(epoch);
}

void RedisAcks::add(std::vector<Ack> acks, Reply<bool> added) {
  WaitingAck waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.epoch = epoch_;
  }
  if (waiting.epoch.empty())
    return added(Error{Code::kUnavailable, "the store was not heard since this node started"});
  RedisCommand command{"EVAL", intake_scripts::kAddAcks, "1", stream_.key(),
                       std::to_string(options_.entries_max)};
  for (Ack& ack : acks) {
    waiting.ack = std::move(ack);
    command.push_back(packed_ack(waiting));
  }
  redis_.ask(std::move(command), [this, added = std::move(added)](
                                     const Result<RedisAnswer>& told) mutable {
    refusal_.note(told);
    if (!told.ok())
      return added(Error{Code::kUnavailable,
                         "the store is away, and the queue of what waits for it takes nothing: "
                         "try again later"});
    if (told->text == "added") return added(true);
    added(Error{Code::kBusy,
                "the store is away, and as many acknowledgements wait for it as may: try again "
                "later"});
  });
}

void RedisAcks::take(uint32_t count_max, Reply<TakenAcks> taken) {
  auto found = [taken = std::move(taken)](Result<TakenStream> from) mutable {
    if (!from.ok()) return taken(from.error());
    TakenAcks acks;
    acks.depth = from->depth;
    acks.claimed = from->claimed;
    for (StreamEntry& entry : from->entries) {
      Result<WaitingAck> ack = unpacked_ack(entry.bytes);
      acks.entries.push_back({std::move(entry.ticket), std::move(entry.bytes), std::move(ack)});
    }
    taken(std::move(acks));
  };
  stream_.take(count_max, Reply<TakenStream>(loop_, std::move(found)));
}

void RedisAcks::remove(const std::vector<std::string>& tickets, Reply<uint64_t> left) {
  stream_.remove(tickets, std::move(left));
}

}  // namespace mpim
