// The queue of acknowledgements that nodes share through Redis.
#pragma once

#include <mutex>

#include "server/intake/ack_intake.h"
#include "server/intake/intake_stream.h"
#include "server/redis/redis_refusal.h"

namespace mpim {

struct AckIntakeOptions {
  std::string self;  // this run of this node
  uint64_t entries_max = 100'000;
  Millis look{500};     // how often its depth is asked for
  Millis lease{3'000};  // of who takes from it
  Millis patience{0};   // see AckIntake
};

// {intake}:acks is the stream, {intake}:lease:acks names who takes from it. It needs of Redis what
// RedisIntake does, whose check() comes first.
// Threads  as AckIntake; start() and stop() on the client's loop.
// Lifetime stop(), and its loop stopped, before it is destroyed.
class RedisAcks final : public AckIntake {
 public:
  RedisAcks(RedisClient& redis, const AckIntakeOptions& options);

  void start();
  void stop();

  const RedisRefusal& refusal() const { return refusal_; }

  Millis patience() const override { return options_.patience; }
  AckStanding standing() const override;
  void set_epoch(std::string epoch) override;
  void add(std::vector<Ack> acks, Reply<bool> added) override;
  void take(uint32_t count_max, Reply<TakenAcks> taken) override;
  void remove(const std::vector<std::string>& tickets, Reply<uint64_t> left) override;

 private:
  void look();
  void beat();

  RedisClient& redis_;
  EventLoop& loop_;
  const AckIntakeOptions options_;
  const IntakeStream stream_;
  RedisRefusal refusal_;
  bool running_ = false;  // the loop's own, as the next
  TimerId timer_;
  mutable std::mutex mutex_;
  AckStanding standing_;  // guarded, as the next
  std::string epoch_;
};

}  // namespace mpim
