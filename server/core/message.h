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
  kRename = 6
};

// What a message's text is. The numbers are stored.
enum class ContentType : uint8_t { kText = 0, kImage = 1, kFile = 2, kVoice = 3 };

std::string_view name_of(EntryKind kind);    // "join", as EVENT says it
std::string_view name_of(ContentType type);  // "text"

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
};

// One stored entry of a conversation's log. Immutable and shared: it is held by reference from the
// store's reply to the last socket.
struct Entry {
  ConversationId conversation;
  Seq seq;
  EntryKind kind = EntryKind::kMessage;
  ContentType type = ContentType::kText;
  UserId sender;    // who wrote it or did it
  DeviceId device;  // on which of his devices, if any
  GroupId group;    // the group whose conversation this is; none in a direct talk
  UserId subject;   // join, leave, kick: whom it is about; a message of a direct talk: who gets it
  Seq ref;          // recall, edit: the entry it changes
  Timestamp at;     // when it was committed, by the server's clock
  std::string client_id;
  std::string text;

  MessageId id() const { return {conversation, seq}; }
};
using EntryPtr = std::shared_ptr<const Entry>;

// The answer to a send. `duplicate`: this client id was stored before, and this is its first id.
struct Committed {
  MessageId id;
  Timestamp at;
  bool duplicate = false;
};

// A stretch of a log as one reader may see it.
struct Page {
  std::vector<EntryPtr> entries;  // ascending by seq
  Seq through;  // everything readable after the asked seq, up to and with this one, is in `entries`
  Seq head;  // the last seq the reader may ever see here: the log's head, or where his membership
             // ended
};

}  // namespace mpim
