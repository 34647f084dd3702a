// The intake that nodes share through Redis.
#pragma once

#include <mutex>
#include <vector>

#include "server/intake/intake.h"
#include "server/intake/intake_stream.h"
#include "server/redis/redis_client.h"

namespace mpim {

struct IntakeOptions {
  std::string self;  // this run of this node
  uint32_t shards = 16;
  uint64_t shard_entries_max = 10'000;
  Millis heed{500};           // see Intake
  Millis lease{3'000};        // of who takes from a shard
  bool every_second = false;  // a Redis that syncs once a second will do
  Millis patience{0};         // see Intake
};

// {intake}:gates is a hash: s<shard> the state of a gate, t<shard> its turn, which each opening
// raises, `shards` their number. Each shard is an IntakeStream of its number.
// Threads  as Intake; start() and stop() on the client's loop.
// Time     gates are looked at three times in `heed`.
// Lifetime stop(), and its loop stopped, before it is destroyed.
class RedisIntake final : public Intake {
 public:
  RedisIntake(RedisClient& redis, IntakeOptions options);

  // Whether this Redis can do what is needed and keeps what it acknowledges, and the other nodes
  // have as many shards. Waits, on none of the node's own threads. kUnavailable, with what to set.
  Result<void> check();
  void start();
  void stop();

  uint32_t shards() const override { return options_.shards; }
  Millis patience() const override { return options_.patience; }
  uint32_t shard_of(const Draft& draft) const override;
  IntakeWay way(uint32_t shard) override;
  bool closed(uint32_t shard) const override;
  IntakeStanding standing() const override;
  uint64_t depth(uint32_t shard) const override;
  void open(uint32_t shard, Reply<bool> opened) override;
  void add(uint32_t shard, std::span<const Draft> drafts, Reply<Admitted> admitted) override;
  void take(uint32_t shard, uint32_t count_max, Reply<TakenEntries> taken) override;
  void remove(uint32_t shard, const std::vector<std::string>& tickets,
              Reply<uint64_t> left) override;
  void finish(uint32_t shard, Reply<bool> closed) override;

 private:
  enum class State : uint8_t { kUnheard, kClosed, kOpen, kClosing };
  struct Gate {
    State state = State::kUnheard;
    uint64_t turn = 0;
    Instant known_since;  // this turn
    uint64_t depth = 0;
    Millis oldest{0};
  };

  Result<RedisAnswer> ask_now(RedisCommand command);
  Result<void> check_commands();
  void look();
  void beat();
  void looked(Instant asked_at, const Result<RedisAnswer>& answer);
  void learn(uint32_t shard, const std::string& state, uint64_t turn);

  RedisClient& redis_;
  EventLoop& loop_;
  const IntakeOptions options_;
  std::vector<IntakeStream> streams_;  // by shard
  bool running_ = false;               // the loop's own, as the next
  TimerId timer_;
  mutable std::mutex mutex_;
  std::vector<Gate> gates_;  // guarded, as the next
  Instant heard_{};          // when it was asked what was answered last
  bool asked_again_ = false;
  std::string refusal_;  // as IntakeStanding
};

}  // namespace mpim
