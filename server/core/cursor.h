// How far a device has received and a user has read.
#pragma once

#include <vector>

#include "server/core/ids.h"
#include "server/core/message.h"

namespace mpim {

// Where one device stands in one conversation.
// Invariant  delivered <= visible_head <= head. `floor` is the first seq still kept (0: nothing
//            kept yet).
struct Standing {
  ConversationId conversation;
  GroupId group;  // none in a direct talk
  UserId peer;    // the other user of a direct talk
  Seq head;       // the last seq this user may see: the log's head, or where his membership ended
  Seq floor;
  Seq expired;         // up to here entries are too old to be pushed by themselves
  Seq delivered;       // this device has everything he may see up to here
  Seq read;            // the user has seen everything up to here, on any device
  bool member = true;  // false once he left or was kicked: he still catches up to `head`
};

// What one read of a log found: where it began, and what lies above it.
struct BacklogPage {
  ConversationId conversation;
  Seq after;
  Seq expired;  // as in Standing
  Page page;
};

// What a log-in reads. The counts stop at `kCountedMax`: shown as "1000+".
inline constexpr uint32_t kCountedMax = 1000;
struct Inbox {
  std::vector<Standing> standings;  // every conversation of the user, ascending by conversation
  uint32_t pending = 0;             // entries above the delivered cursors, at most kCountedMax + 1
  uint32_t unread = 0;  // messages of others above the read cursors, at most kCountedMax + 1
  std::vector<BacklogPage> first_pages;  // from the delivered cursors, as far as was asked for
};

// How much of what waits a log-in reads at once, conversation after conversation: the last page may
// end early. A backlog longer than `window_max` entries is left out.
struct FirstPages {
  uint32_t entries_max = 0;
  uint32_t bytes_max = 0;
  uint32_t window_max = 0;
};

// A delivered cursor that moved forward.
struct CursorMove {
  ConversationId conversation;
  Seq delivered;
  Timestamp at = {};  // of the entry there, as its device was given it; 0: not known any more
};

// Messages of others above the read cursor of one conversation; at most kCountedMax + 1.
struct Unread {
  ConversationId conversation;
  GroupId group;
  UserId peer;
  uint32_t count = 0;
};

}  // namespace mpim
