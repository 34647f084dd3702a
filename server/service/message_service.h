// Puts messages into conversations, and moves read cursors.
#pragma once

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "server/core/cursor.h"
#include "server/core/unique_function.h"
#include "server/intake/ack_intake.h"
#include "server/service/caller.h"
#include "server/service/fanout.h"
#include "server/service/intake/send_lanes.h"
#include "server/store/storage.h"

namespace mpim {

// Which part of which conversation somebody wants to see.
struct HistoryQuestion {
  std::variant<ConversationId, Recipient> of;
  bool forwards = false;
  std::optional<Seq> bound;        // without: from the end, or the beginning
  std::optional<Timestamp> since;  // forwards from this time
  uint32_t count_max = 0;
};
// Its page as `reader` may see it.
Result<HistoryPage> read_history(Store& store, UserId reader, const HistoryQuestion& question);

// What waits for one device.
struct InboxPage {
  std::vector<EntryPtr> entries;  // ascending by id
  bool more = false;
};

// Gathers what a turn of the loop sends and gives it to the store at once; who may send is decided
// where it is stored.
// Threads  one per worker; called on that worker's loop, where answers arrive too.
class MessageService {
 public:
  using Sent = SendLanes::Sent;

  // `intake` and `acks`: where sends, and what was read, go while the store is away; null: nowhere.
  MessageService(Executor& home, Storage& storage, Fanout& fanout, Intake* intake = nullptr,
                 AckIntake* acks = nullptr);

  // Answers once the message is durable, in a later turn, then fans it out; a repeated (sender,
  // client id) gets its first id again. With an intake it may be a ticket instead: then the message
  // comes later, to its sender's devices as well, or he is told why not. kNotFound, kNotMember,
  // kDisabled, kConflict, kLimit, kBusy, kUnavailable, kUnknown.
  void send(Draft draft, Sent sent);
  // What the caller's device has not received yet, conversation after conversation, in each the
  // oldest first: at most `count_max` entries above `after`. What waited too long is left out, and
  // so is what the device made itself. Nothing moves.
  void inbox(const Caller& caller, MessageId after, uint32_t count_max, Reply<InboxPage> reply);
  // These have arrived on the caller's device, and with each what lies before it: answers in how
  // many conversations it came further. Live sessions of that device go on from there. kNotFound,
  // and nothing moves, when one of them is not his to read.
  void confirm(const Caller& caller, std::vector<MessageId> arrived, Reply<uint32_t> reply);
  // Moves the caller's read cursor, never back, and tells his devices. While the store is away what
  // his session was given, and still knows by its time, may wait for it: then the answer is
  // `through` itself. kNotFound: may not read it.
  void read(const Caller& caller, const SeenEntry& through, Reply<Seq> reply);
  // Another text, or none, for a message; everybody is told. See MessageLog::change.
  void change(EntryChange change, Reply<Committed> reply);
  // See MessageLog::hide.
  void hide(const Caller& caller, MessageId message, Reply<bool> reply);
  // A page of what the caller may see, and whether there is more. kNotFound: no conversation of
  // his.
  void history(const Caller& caller, HistoryQuestion question, Reply<HistoryPage> reply);
  void conversations(const Caller& caller, MessageId before, uint32_t count_max,
                     Reply<std::vector<ConversationRow>> reply);
  void receipts(const Caller& caller, MessageId of, UserId after, uint32_t count_max,
                Reply<Receipts> reply);
  // Whom a cursor's move concerns is told of it.
  void tell(std::span<const ReceiptTold> told);
  // What is unread, ascending by conversation; at most `count_max` conversations.
  void unread(const Caller& caller, uint32_t count_max, Reply<std::vector<Unread>> reply);

 private:
  // So many sends do not wait for the turn's end: the store may begin with them.
  static constexpr size_t kGatheredMax = 256;

  // After the store was away or slow, what may wait does not try it for so long.
  static constexpr Millis kAcksWaitFor{1'000};

  void keep_read(const ReadMark& mark, Reply<Seq> reply);
  void hand_over();
  void stored(std::vector<Sent>& sent, Result<AppendOutcomes> outcomes);

  Executor& home_;
  Storage& storage_;
  Fanout& fanout_;
  std::vector<Draft> drafts_;       // of this turn
  std::vector<Sent> sent_;          // whom to answer, in the same order
  std::optional<SendLanes> lanes_;  // with an intake
  AckIntake* const acks_;           // likewise; may be null
  Instant acks_wait_until_{};
};

}  // namespace mpim
