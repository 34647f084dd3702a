// Entries as rows of `messages`.
#pragma once

#include "server/core/message.h"
#include "server/store/sql/rows/conversation_heads.h"

namespace mpim {

// The columns of an entry, in the order entry_from() reads them; `e` names the table.
#define MPIM_ENTRY_COLUMNS \
  "e.seq, e.kind, e.type, e.sender, e.device, e.subject, e.ref, e.at, e.client_id, e.text"

EntryPtr entry_from(Rows& rows, ConversationId of, GroupId group);

// Gives `entry` the conversation's next seq and writes it. kLimit: the conversation is full.
Result<EntryPtr> add_entry(Driver& driver, ConversationHeads& heads, ConversationHead& to,
                           Entry entry);

}  // namespace mpim
