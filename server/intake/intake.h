// Sends that are accepted while the store is away: a queue in front of it that several nodes share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/core/message.h"
#include "server/core/reply.h"

namespace mpim {

// Where a send of one shard goes now.
enum class IntakeWay : uint8_t {
  kStore,  // straight to the store
  kQueue,  // into the intake, behind what waits there
  kWait,   // it will be known soon
  kAway,   // something waits in the intake, which cannot be reached
};

// What became of sends that were offered together.
struct Admitted {
  bool turned = false;                       // the shard's gate is another: nothing was added
  std::vector<Result<std::string>> tickets;  // of each; kBusy: the intake is full
};

// A send as it waits. Its ticket is its client id, too, unless it has one of its own.
struct QueuedEntry {
  std::string ticket;
  std::string bytes;
  Result<Draft> draft;  // kBadRequest: it cannot be read
};
struct TakenEntries {
  std::vector<QueuedEntry> entries;  // in their order; what was taken and not removed comes again
  uint64_t depth = 0;                // all that wait in the shard
  uint64_t claimed = 0;  // of `entries`: another node took them before, and never stored them
};
struct IntakeStanding {
  uint64_t depth = 0;          // entries in all shards, a moment ago
  uint32_t not_closed = 0;     // shards whose sends do not go straight to the store
  uint32_t shards_in_use = 0;  // those, and shards where something waits
  uint64_t behind_closed = 0;  // of `depth`: where the gate is closed; it was lost, and is opened
  Millis oldest{0};            // how long the one that waits longest has waited; 0: none waits
  std::string refusal;  // why the gates are not seen, though the queue answers; empty: they are
};

// Conversations are spread over shards; each has a gate, which all nodes obey:
//   closed   its sends go straight to the store, and nothing waits in it;
//   open     all its sends go into the intake;
//   closing  little waits: sends wait until that is stored, then the gate is closed.
//
// Order    A send that was answered, with a ticket or an id, comes before what is sent after that
//          answer in the same conversation, on whichever node. Because:
//          - a node sends straight to the store only within `heed` of having asked and heard that
//            the gate is closed (its own steady clock, from before it asked);
//          - a node adds to the intake only once it has known for `heed` that the gate is open, in
//            the same turn of the gate, which the queue checks as it adds. By then every node's
//            leave to send straight has run out: what was sent so was received before any ticket
//            was given, and nobody has an answer that says it came later;
//          - a gate closes only while its shard is empty, in one step, and an entry leaves the
//            shard only once its transaction is committed.
//          A node that cannot reach the queue goes on as it last heard: straight to the store when
//          the gate was closed. So the order may suffer when one node is cut off from the queue
//          and another from the store, both at once.
// Threads  any.
// Limits   a shard holds at most so many entries; more are answered kBusy. Nothing is trimmed.
// Errors   kUnavailable: the queue cannot be reached, and nothing was added; kUnknown: whether it
//          was cannot be told.
class Intake {
 public:
  virtual ~Intake() = default;

  virtual uint32_t shards() const = 0;
  // A store that takes longer is as good as away: a shard's gate is opened when that is seen, and
  // closed when it is over. 0: it is waited for.
  virtual Millis patience() const = 0;
  // The same on all nodes. The draft's receiver is a number.
  virtual uint32_t shard_of(const Draft& draft) const = 0;

  virtual IntakeWay way(uint32_t shard) = 0;
  // As it was last heard: nothing waits there.
  virtual bool closed(uint32_t shard) const = 0;
  virtual IntakeStanding standing() const = 0;
  virtual uint64_t depth(uint32_t shard) const = 0;  // a moment ago
  // The store did not take a send: opens the gate, if it is not open already.
  virtual void open(uint32_t shard, Reply<bool> opened) = 0;
  // In their order, all of one shard; durable when it answers.
  virtual void add(uint32_t shard, std::span<const Draft> drafts, Reply<Admitted> admitted) = 0;

  // One node at a time takes from a shard, under a lease that each call renews: kBusy: another's.
  virtual void take(uint32_t shard, uint32_t count_max, Reply<TakenEntries> taken) = 0;
  // Stored, refused or given up: answers how many are left.
  virtual void remove(uint32_t shard, const std::vector<std::string>& tickets,
                      Reply<uint64_t> left) = 0;
  // Closes an empty shard's gate; of another nothing more is to be added until it is. Answers
  // whether it is closed.
  virtual void finish(uint32_t shard, Reply<bool> closed) = 0;
};

}  // namespace mpim
