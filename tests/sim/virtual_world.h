// Virtual time: one queue of tasks, one random number generator, and threads that are only names.
//
// Everything that happens in a simulated run is decided here from one seed, so a run repeats
// exactly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "server/core/executor.h"

namespace mpim::sim {

class World;

// A thread of the simulated machine. Its tasks run in order; a killed one drops what it had and
// would have had; a stalled one (its process was stopped) runs nothing until then, and then all of
// it.
class VirtualThread final : public Executor {
 public:
  explicit VirtualThread(World& world) : world_(world), clock_(world) {}

  void post(Task task) override;
  TimerId after(Millis delay, Task task) override;
  void cancel(TimerId timer) override;
  const Clock& clock() const override { return clock_; }
  void kill() { killed_ = true; }
  bool killed() const { return killed_; }
  void stall(Instant until) { stalled_until_ = std::max(stalled_until_, until); }
  Instant stalled_until() const { return stalled_until_; }
  // Its machine's wall clock is so much ahead, or behind; the steady one is nobody's but its own.
  void skew_clock(Millis ahead) { clock_.ahead = ahead; }
  // Whatever is posted or timed from now on may run up to so much later.
  void slow_down(Millis most) { slowness_ = most; }

 private:
  World& world_;
  struct MachineClock final : Clock {
    explicit MachineClock(const World& of) : world(of) {}
    Timestamp wall() const override;
    Instant steady() const override;
    const World& world;
    Millis ahead{0};
  };

  Millis slowness() const;

  MachineClock clock_;
  bool killed_ = false;
  Instant last_post_;
  Instant stalled_until_;
  Millis slowness_{0};
};

// The clock, the dice, and everything that is going to happen.
class World final : public Clock {
 public:
  explicit World(uint64_t seed) : dice_(seed) {}

  Timestamp wall() const override { return {kEpochMs + now_.ms}; }
  Instant steady() const override { return now_; }
  Instant now() const { return now_; }

  // Nothing is going to happen any more; call it while what tasks name still lives.
  void end();

  // Threads live as long as the world: tasks may still name a killed one.
  VirtualThread& new_thread();

  uint64_t at(Instant when, VirtualThread* on, Task task);
  void in(Millis delay, Task task) { at(now_ + delay, nullptr, std::move(task)); }
  void cancel(uint64_t id) { cancelled_.insert(id); }
  // Runs what is due until `end`; false when more than `steps_max` tasks ran (something spins).
  bool run_until(Instant end, uint64_t steps_max);
  uint64_t steps() const { return steps_; }
  // Of every task that ran, and when: runs of one seed have the same.
  uint64_t trace() const { return trace_; }

  // Dice.
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : dice_() % bound; }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low + 1)));
  }
  bool chance(uint32_t percent) { return below(100) < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  static constexpr int64_t kEpochMs = 1'700'000'000'000;
  struct Due {
    VirtualThread* on;
    Task task;
  };

  std::mt19937_64 dice_;
  Instant now_;
  uint64_t next_ = 1;
  uint64_t steps_ = 0;
  uint64_t trace_ = 14'695'981'039'346'656'037U;
  // Before what is due: a reply that is dropped with its task still looks for its thread.
  std::vector<std::unique_ptr<VirtualThread>> threads_;
  std::map<std::pair<int64_t, uint64_t>, Due> due_;
  std::set<uint64_t> cancelled_;
};

}  // namespace mpim::sim
