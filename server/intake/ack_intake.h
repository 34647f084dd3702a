// Acknowledgements that are taken while the store is away: a queue beside that of sends.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "server/core/ack.h"
#include "server/core/clock.h"
#include "server/core/reply.h"

namespace mpim {

// An acknowledgement as it waits.
struct QueuedAck {
  std::string ticket;
  std::string bytes;
  Result<WaitingAck> ack;  // kBadRequest: it cannot be read
};
struct TakenAcks {
  std::vector<QueuedAck> entries;  // what was taken and not removed comes again
  uint64_t depth = 0;              // all that wait
  uint64_t claimed = 0;            // of `entries`: another node took them before
};
struct AckStanding {
  uint64_t depth = 0;   // entries, a moment ago
  Millis oldest{0};     // how long the one that waits longest has waited; 0: none waits
  std::string refusal;  // why nothing can be added, though Redis answers; empty: it can
};

// One queue for all nodes, with a consumer of its own: what holds up sends does not hold it up, nor
// the reverse.
// Order    needs none, and so no gate: an acknowledgement stands for all before it, moves nothing
//          back, and may be stored twice. One that waits may be overtaken by later ones that go
//          straight to the store.
// Threads  any.
// Limits   it holds at most so many entries; more are answered kBusy. Nothing is trimmed.
// Errors   kUnavailable: the queue cannot be reached, or the store's epoch was never heard.
class AckIntake {
 public:
  virtual ~AckIntake() = default;

  // A store that takes longer is as good as away. 0: it is waited for.
  virtual Millis patience() const = 0;
  virtual AckStanding standing() const = 0;
  // The store's: what is added from now on is of it.
  virtual void set_epoch(std::string epoch) = 0;

  // All or none; durable when it answers.
  virtual void add(std::vector<Ack> acks, Reply<bool> added) = 0;
  // One node at a time takes, under a lease that each call renews: kBusy: another's.
  virtual void take(uint32_t count_max, Reply<TakenAcks> taken) = 0;
  // Stored, refused or given up: answers how many are left.
  virtual void remove(const std::vector<std::string>& tickets, Reply<uint64_t> left) = 0;
};

}  // namespace mpim
