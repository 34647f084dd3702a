// Stores what waits in the intake, once the store is back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/core/executor.h"
#include "server/intake/intake.h"
#include "server/service/fanout.h"
#include "server/service/intake/held_up.h"
#include "server/store/storage.h"

namespace mpim {

struct IntakeRunnerOptions {
  uint32_t batch_max = 256;  // entries in one transaction
  HeldUpOptions held_up;
};

// Every node has one; of a shard one node's stores at a time.
// Threads  one loop, `home`.
// Order    a shard's entries are stored in their order, many to one transaction, and leave the
//          intake when it is committed. Who takes over after a crash meets some that are stored
//          already: their client ids say so.
// Errors   a refusal (blocked meanwhile, no member any more) is told to the sender's sessions. What
//          fails is held up as HeldUp says. What cannot be read, or is given up, becomes a dead
//          letter; while that cannot be written it holds up its shard, with such pauses, and the
//          log says why.
// Lifetime its loop stopped, before it is destroyed.
class IntakeRunner {
 public:
  IntakeRunner(Executor& home, Storage& storage, Fanout& fanout, Intake& intake,
               std::function<bool()> store_healthy, IntakeRunnerOptions options);
  void start();

 private:
  static constexpr Millis kEvery{100};
  // A gate that a slow store opened is closed when a transaction was quick or, where nothing is
  // sent, when one without content is.
  static constexpr Millis kQuiet{5'000};

  // How the storing of one shard goes here.
  struct Shard {
    HeldUp held_up;
    bool busy = false;
    bool in_use = false;  // its gate is not closed
    bool slow = false;    // as far as is known the store takes longer than the intake's patience
    Instant quiet{};      // since then nothing was stored
  };
  // What became of a batch.
  struct Batch {
    std::vector<QueuedEntry> entries;
    uint64_t depth = 0;
    Instant since{};
  };

  void tick();
  void note_standing();
  void drain(uint32_t shard);
  void taken(uint32_t shard, TakenEntries found);
  void store(uint32_t shard, Batch batch);
  void stored(uint32_t shard, const Batch& batch, Result<AppendOutcomes> outcomes);
  void failed(uint32_t shard, const Batch& batch, const Error& why);
  void bury(uint32_t shard, const QueuedEntry& entry, const Error& why);
  void not_buried(uint32_t shard, const std::string& ticket, const Error& why);
  void tell_refusal(const QueuedEntry& entry, const Error& why);
  void remove(uint32_t shard, const std::vector<std::string>& tickets);
  void finish(uint32_t shard);
  bool is_slow(Instant since) const;
  void look_at_pace(uint32_t shard);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  Intake& intake_;
  const std::function<bool()> store_healthy_;
  const IntakeRunnerOptions options_;
  std::vector<Shard> shards_;
  bool in_use_ = false;  // some gate is not closed
};

}  // namespace mpim
