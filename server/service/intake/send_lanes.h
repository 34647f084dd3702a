// Which way each send goes when there is an intake: into the store, or behind what waits for it.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/core/executor.h"
#include "server/core/unique_function.h"
#include "server/intake/intake.h"
#include "server/store/storage.h"

namespace mpim {

// Threads  one per worker, on its loop, `home`.
// Order    the sends of one shard go on in the order they came in: what the store did not take goes
//          into the intake before what came later, or, where the store took a later one, is
//          refused.
//          A receiver given by name is looked up first: what goes to his number meanwhile may come
//          before it. While the store is away he is found if this worker looked him up before.
// Limits   kHeldMax sends wait here for their way to be known, and none longer than kHeldFor: then
//          kBusy, and kUnavailable, and nothing was stored. kNamesMax names are remembered.
// Lifetime as MessageService's own: its loop stopped first.
class SendLanes {
 public:
  using Sent = UniqueFunction<void(Result<Committed>)>;
  // Answers those whom the store has answered, and tells the others.
  using Stored = UniqueFunction<void(std::vector<Sent>&, Result<AppendOutcomes>)>;

  static constexpr size_t kHeldMax = 10'000;
  static constexpr size_t kNamesMax = 10'000;
  static constexpr Millis kHeldFor{10'000};

  SendLanes(Executor& home, Storage& storage, Intake& intake, Stored stored)
      : home_(home),
        storage_(storage),
        intake_(intake),
        stored_(std::move(stored)),
        lanes_(intake.shards()) {}

  void send(std::vector<Draft> drafts, std::vector<Sent> sent);

 private:
  static constexpr Millis kAskAgain{10};
  static constexpr size_t kAddedTogether = 64;

  struct Held {
    Draft draft;
    Sent sent;
    Instant since;
  };
  // Sent straight, and not taken.
  struct Failed {
    uint64_t number = 0;
    Held held;
    Error why;
  };
  // What waits of one shard, and what is under way.
  struct Lane {
    std::deque<Held> held;
    std::vector<Failed> failed;
    uint64_t next = 1;
    uint64_t last_stored = 0;  // of those sent straight
    size_t under_way = 0;      // sent straight, and not answered
    bool adding = false;
    bool opening = false;
    bool waiting = false;  // asks again in a moment
  };
  // What went straight, to be found again by its answer.
  struct Straight {
    uint32_t shard = 0;
    uint64_t number = 0;
    Held held;
    Instant left{};
  };

  void enter(Held held);
  void look_up();
  void looked_up(std::vector<Held> named, const Result<std::vector<Result<UserId>>>& found);
  Result<UserId> known(const std::string& key, const Error& why) const;
  void pump(uint32_t shard);
  void go_straight(uint32_t shard);
  void flush();
  void answered(std::vector<Straight> straight, Result<AppendOutcomes> outcomes);
  void settle_failed(uint32_t shard);
  void note_pace(std::span<const Straight> straight);
  void queue(uint32_t shard);
  void queued(uint32_t shard, std::vector<Held> offered, Result<Admitted> admitted);
  void wait(uint32_t shard);
  void refuse_all(uint32_t shard, const Error& why);
  void refuse(Held& held, const Error& why);

  Executor& home_;
  Storage& storage_;
  Intake& intake_;
  Stored stored_;
  std::vector<Lane> lanes_;         // by shard
  std::vector<Straight> straight_;  // leave together, at the end of what is being done
  std::vector<Held> named_;         // their receivers are names
  bool looking_up_ = false;
  std::unordered_map<std::string, UserId> names_;
  size_t held_ = 0;
};

}  // namespace mpim
