// Judges whether what was acknowledged to its sender arrived: once, in order, everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ops/bench/load/load_text.h"
#include "server/core/ids.h"

namespace mpim::ops {

// A message that its sender was told is durable and that one of its receivers never got.
struct LostMessage {
  SenderIndex sender = 0;
  ReceiverIndex receiver = 0;
  uint64_t number = 0;
  MessageId id;
};

// Counted by receiver: a message to a group that two of its members lack is lost twice.
struct DeliveryFaults {
  uint64_t lost = 0;
  uint64_t repeated = 0;   // came again
  uint64_t reordered = 0;  // came after one with a later number or seq, or filled a hole late
  std::optional<LostMessage> first_lost = {};

  bool any() const { return lost + repeated + reordered > 0; }
};

// Follows each pair of sender and receiver by the numbers in the texts, so that nothing the server
// says about its own deliveries is believed.
//
// What is a fault. A number that is passed over leaves a hole. The server promises to push a
// conversation by seq, so a hole that is filled later is `reordered`; one that is still open at the
// end is `lost`. The receivers of a load test acknowledge what came last, over holes: ACK is
// cumulative, and the server then believes that the hole has arrived too. So a push that the server
// let fall is not healed by its redelivery, which would show as nothing but a slow message, and is
// lost for good, as it would be for a client that trusts the order. A last message has none behind
// it to leave a hole: runs end with one more, the end mark, which counts as a message but is not
// timed.
//
// Threads  one.
// Limits   `under_way_max` messages of a sender that were not answered, or did not come everywhere:
//          room() is false then. 16 bytes for each of them; kHolesMax open holes are remembered,
//          what is beyond counts as lost at once, and as repeated should it come after all.
class DeliveryCheck {
 public:
  static constexpr size_t kHolesMax = 10'000;

  enum class Arrival : uint8_t { kNew, kLate, kRepeated };

  DeliveryCheck(uint32_t senders, uint32_t receivers, uint32_t under_way_max);

  // From now on this receiver is owed every message of this sender. Before the first one.
  void owe(ReceiverIndex receiver, SenderIndex sender);

  // The sender's side. Messages are answered in their order.
  bool room(SenderIndex sender) const;
  uint64_t under_way(SenderIndex sender) const;  // not answered, or not everywhere yet
  uint64_t begin(SenderIndex sender);            // a message is sent: its number
  void stored(SenderIndex sender, MessageId id);
  void refused(SenderIndex sender);

  // The receiver's side. A sender that owes him nothing, or a number never sent, is repeated.
  Arrival arrived(ReceiverIndex receiver, SenderIndex sender, uint64_t number, MessageId id);

  bool complete() const;  // everything was answered, has come everywhere, and left no hole
  // What stored messages did, and unanswered ones apart: of these nobody knows.
  DeliveryFaults faults() const;
  uint64_t unanswered() const;

 private:
  enum class Answer : uint8_t { kNone, kStored, kRefused };
  struct Slot {
    MessageId id = {};
    uint32_t lacking = 0;  // receivers that have not come past it
    Answer answer = Answer::kNone;
    bool holed = false;  // for some receiver
  };
  struct Hole {
    MessageId id;
    uint64_t order = 0;  // which was noticed first
  };
  // One receiver's view of one sender.
  struct Stream {
    SenderIndex sender = 0;
    uint64_t next = 0;
    std::set<uint64_t> refused = {};  // at or above `next`: will not come
    std::map<uint64_t, Hole> holes = {};
  };
  struct Sender {
    std::vector<Slot> ring;
    std::vector<ReceiverIndex> receivers;
    uint64_t made = 0;
    uint64_t answered = 0;
    uint64_t complete = 0;  // all below were answered and came everywhere
  };
  struct Receiver {
    std::vector<Stream> streams;    // ascending by sender
    std::vector<MessageId> newest;  // of each conversation
  };

  Slot& slot(Sender& sender, uint64_t number) { return sender.ring[number % under_way_max_]; }
  const Slot& slot(const Sender& sender, uint64_t number) const {
    return sender.ring[number % under_way_max_];
  }
  Stream* stream(ReceiverIndex receiver, SenderIndex sender);
  void pass(Stream& stream, uint64_t until);
  void leave_hole(Stream& stream, uint64_t number, Slot& passed);
  void skip_refused(Stream& stream);
  void settle(Sender& sender);
  bool in_order(Receiver& receiver, MessageId id);
  void count_open(ReceiverIndex index, const Stream& stream, DeliveryFaults& faults) const;

  const uint32_t under_way_max_;
  std::vector<Sender> senders_;
  std::vector<Receiver> receivers_;
  uint64_t holes_ = 0;  // open and remembered
  uint64_t hole_order_ = 0;
  uint64_t lost_unseen_ = 0;  // holes beyond kHolesMax
  uint64_t repeated_ = 0;
  uint64_t reordered_ = 0;
};

}  // namespace mpim::ops
