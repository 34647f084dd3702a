// Delivered and read cursors, and what lies above them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "server/core/ack.h"
#include "server/core/cursor.h"
#include "server/core/history.h"
#include "server/core/result.h"

namespace mpim {

class MessageLog;

// Where one device of a user stands, for operators.
struct OfflineRow {
  UserId user;
  DeviceId device;
  ConversationId conversation;
  GroupId group;
  UserId peer;
  Seq delivered;
  Seq head;
  uint64_t pending = 0;  // entries above the cursor the user may see
};

// Which inbox rows an operator means. Empty fields match everything.
struct OfflineFilter {
  UserId user;
  DeviceId device;
  ConversationId conversation;
};

// A user's read cursor after he moved it.
struct ReadCursor {
  Seq at;
  uint64_t version = 0;  // the user's, if it moved; 0: it stood there or further already
};

// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails.
class Cursors {
 public:
  virtual ~Cursors() = default;

  // Everything a log-in needs, in one bounded set of queries.
  virtual Result<Inbox> inbox(UserId user, DeviceId device, const FirstPages& wanted) = 0;
  // One conversation of it. kNotFound when the user never was a member.
  virtual Result<Standing> standing(UserId user, DeviceId device, ConversationId of) = 0;

  // Moves delivered cursors forward; a move that would go back is passed over. A `generation` below
  // the device's is refused as kReplaced, and nothing moves.
  virtual Result<void> raise_delivered(DeviceId device, uint64_t generation,
                                       std::span<const CursorMove> moves) = 0;

  // These have arrived on a device of `user`, and with each everything before it in its
  // conversation: moves the delivered cursors forward, and answers those that moved, ascending.
  // kNotFound, and nothing moves, when one of them is not his to read.
  virtual Result<std::vector<CursorMove>> confirm(UserId user, DeviceId device,
                                                  std::span<const MessageId> arrived) = 0;

  // Moves the user's read cursor forward to `seq` at his next version; answers where it is now.
  // kNotFound when that entry does not exist, or he may not read it.
  virtual Result<ReadCursor> raise_read(UserId user, ConversationId of, Seq seq) = 0;
  // Conversations with something unread, ascending by conversation, at most `count_max`.
  virtual Result<std::vector<Unread>> unread(UserId user, uint32_t count_max) = 0;

  // Keeps when a user's cursor came to `through`, unless it had been further; answers whom that
  // concerns: the other one of a direct talk. Nothing is kept in groups of more members than
  // `receipts.members_max`.
  virtual Result<std::vector<ReceiptTold>> note_receipt(UserId user, ConversationId of,
                                                        ReceiptKind kind, Seq through,
                                                        Timestamp now) = 0;
  // Who has received and read a message; marks ascending by user above `after`, at most
  // `count_max`. kNotFound: he may not read it. kDenied: he is not its sender. kLimit: the group is
  // too large for it.
  virtual Result<Receipts> receipts(UserId asker, MessageId of, UserId after,
                                    uint32_t count_max) = 0;
  // The user's conversations, the one with the newest message first: those below the one whose
  // last message is `before`, if it is set.
  virtual Result<std::vector<ConversationRow>> conversations(UserId user, MessageId before,
                                                             uint32_t count_max) = 0;

  // For operators: inbox rows that hold something, in order of (user, device, conversation), after
  // the row named by `after` if given, at most `count_max`.
  virtual Result<std::vector<OfflineRow>> offline(const OfflineFilter& filter,
                                                  std::optional<OfflineRow> after,
                                                  uint32_t count_max) = 0;
  // Sets one device's delivered cursor to exactly `to` (replay moves it back, purge forward), or to
  // the last entry its user may see, if that is less. kNotFound: no such device, or not his
  // conversation.
  virtual Result<void> set_delivered(DeviceId device, ConversationId of, Seq to) = 0;
};

// What a stored acknowledgement means to others.
struct AckStored {
  std::vector<ReceiptTold> told;
  std::optional<ReadCursor> read;  // of a ReadMark
  uint64_t dropped = 0;            // moves of a DeviceAck that waited: not about what is there now
};

// Inside a transaction, whether it comes from a session or waited for the store: here is judged
// what it may move. kReplaced: the device logged in again, or the log ends before; kNotFound: he
// may not read it. Then nothing moved.
Result<AckStored> store_ack(Cursors& cursors, const Ack& ack, Timestamp now);
// As store_ack(), for one that waited: what its session was given may be gone, another entry may
// stand in its place, or it was never his. Only what is about the very entry moves; kReplaced: that
// is nothing.
Result<AckStored> store_late_ack(Cursors& cursors, MessageLog& log, const Ack& ack, Timestamp now);

}  // namespace mpim
