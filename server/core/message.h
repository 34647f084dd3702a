// What a conversation's log is made of, before and after it is stored.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/names.h"

namespace mpim {

// Why an entry stands in the log. Only kMessage counts as unread; the others are pushed as EVENT.
// The numbers are stored: add, never renumber.
enum class EntryKind : uint8_t {
  kMessage = 0,
  kJoin = 1,
  kLeave = 2,
  kKick = 3,
  kRecall = 4,
  kEdit = 5,
  kRename = 6,
  kNotice = 7,   // the group's notice was changed
  kRole = 8,     // somebody's role was changed
  kMute = 9,     // somebody, or everybody, may not send for a while
  kUnmute = 10,  // and may again
  kDissolve = 11,
  kSettings = 12  // how the group is joined was changed
};

// What a message's text is. The numbers are stored.
enum class ContentType : uint8_t { kText = 0, kImage = 1, kFile = 2, kVoice = 3 };

// What became of an entry since. The numbers are stored.
enum class EntryState : uint8_t { kAsSent = 0, kEdited = 1, kRecalled = 2 };

std::string_view name_of(EntryKind kind);    // "join", as EVENT says it
std::string_view name_of(ContentType type);  // "text"
std::string_view name_of(EntryState state);  // "recalled"

// Whom a message is for. A name is looked up where the message is stored.
using Recipient = std::variant<UserId, GroupId, UserName>;

// A message somebody wants to send: valid once it exists (sizes and UTF-8 were checked at the
// edge); whether he may is decided when it is stored.
struct Draft {
  Recipient to;
  UserId sender;
  DeviceId device;        // the sender's; none for messages an operator sends
  std::string client_id;  // 0 to 64 bytes, empty: not retried
  ContentType type = ContentType::kText;
  std::string text;
  FileId file = {};          // an upload the text goes with
  Timestamp client_at = {};  // when its sender's clock says it was written; 0: he does not say
  std::string ext = {};      // JSON of the sender's own, kept as it is; may be empty
};

// Another text for a message, or none: then it is recalled.
struct EntryChange {
  MessageId of;
  UserId by;
  DeviceId device;
  bool recall = false;
  std::string text;
};

// One stored entry of a conversation's log. Immutable and shared: it is held by reference from the
// store's reply to the last socket. An edit or a recall puts another Entry in its place.
struct Entry {
  ConversationId conversation;
  Seq seq;
  EntryKind kind = EntryKind::kMessage;
  ContentType type = ContentType::kText;
  UserId sender;    // who wrote it or did it
  DeviceId device;  // on which of his devices, if any
  GroupId group;    // the group whose conversation this is; none in a direct talk
  UserId subject;   // join, leave, kick: whom it is about; a message of a direct talk: who gets it
  Seq ref;          // recall, edit: the entry it changes; a changed message: its last change
  Timestamp at;     // when it was committed, by the server's clock
  std::string client_id;
  std::string text;  // a change: what is new; a recalled message: nothing
  EntryState state = EntryState::kAsSent;
  Timestamp changed_at = {};  // when it was edited or recalled
  Timestamp sent_at = {};     // the client's time, unless that was off by too much: then `at`
  Timestamp client_at = {};   // as the client gave it; 0: it did not
  FileId file = {};
  std::string ext = {};

  MessageId id() const { return {conversation, seq}; }
};
using EntryPtr = std::shared_ptr<const Entry>;
// When it was written, as far as that can be believed.
inline Timestamp time_of(const Entry& entry) {
  return entry.sent_at.ms != 0 ? entry.sent_at : entry.at;
}

// The answer to a send. `duplicate`: this client id was stored before, and this is its first id.
// `ticket`: it is queued, the store being away, and has no id yet.
struct Committed {
  MessageId id;
  Timestamp at;
  bool duplicate = false;
  std::string ticket = {};
};

// Where somebody reads on in a log, without moving any cursor.
struct HistoryPlace {
  ConversationId conversation;
  bool forwards = false;
  Seq bound;  // not itself: what lies above it, or below
};

struct HistoryPage {
  ConversationId conversation;
  std::vector<EntryPtr> entries;  // ascending by seq
  bool more = false;              // there is more in this direction
  Seq reached;                    // from here the next page goes on
};

// A stretch of a log as one reader may see it.
struct Page {
  std::vector<EntryPtr> entries;  // ascending by seq
  Seq through;  // everything readable after the asked seq, up to and with this one, is in `entries`
  Seq head;  // the last seq the reader may ever see here: the log's head, or where his membership
             // ended
};

}  // namespace mpim
