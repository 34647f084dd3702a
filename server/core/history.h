// What people look back on: conversations in a list, and who has received a message.
#pragma once

#include <string>
#include <vector>

#include "server/core/message.h"
#include "server/core/signal.h"

namespace mpim {

// One row of a user's list of conversations.
struct ConversationRow {
  ConversationId conversation;
  GroupId group;     // none in a direct talk
  UserId peer;       // the other user of a direct talk
  std::string name;  // the group's or the peer's
  EntryPtr last;     // the newest message he may see, or, where there is none, the newest change
  Timestamp at;      // when that was
  uint32_t unread = 0;
  bool member = true;
};

// A user and when he received and read a message. 0: not yet. What happened before such times were
// kept has the time 1.
struct ReceiptMark {
  UserId user;
  Timestamp delivered;
  Timestamp read;
};

// Who of those a message was for has received and read it.
struct Receipts {
  uint64_t recipients = 0;
  uint64_t delivered = 0;
  uint64_t read = 0;
  std::vector<ReceiptMark> marks;  // a page, ascending by user
  bool more = false;
};

// A cursor's move that somebody else is told of.
struct ReceiptTold {
  UserId to;
  ReceiptSignal signal;
};

}  // namespace mpim
