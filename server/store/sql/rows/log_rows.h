// Entries as rows of `messages`.
#pragma once

#include <span>
#include <string_view>

#include "server/core/message.h"
#include "server/store/sql/rows/conversation_heads.h"
#include "server/store/sql/rows/log_tail.h"
#include "server/store/sql/rows/packed_text.h"

namespace mpim {

// The columns of an entry, in the order entry_from() reads them; `e` names the table.
#define MPIM_ENTRY_COLUMNS                                                                   \
  "e.seq, e.kind, e.type, e.sender, e.device, e.subject, e.ref, e.at, e.client_id, e.text, " \
  "e.state, e.changed_at, e.sent_at, e.client_at, e.file, e.ext, e.packed"
// How many there are: the number of the first column behind them.
inline constexpr int kEntryColumns = 17;

// kUnavailable: its text is damaged.
Result<EntryPtr> entry_from(Rows& rows, ConversationId of, GroupId group);

// What tells two bodies under one client id apart: type, text, upload and ext. Stored: it must
// never change.
uint64_t body_hash(const Draft& draft);
uint64_t body_hash(const Entry& message);

// Gives `entry` the conversation's next seq and adds it to the tail; the transaction's commit
// writes it. kLimit: the conversation is full.
Result<EntryPtr> add_entry(LogTail& tail, ConversationHeads& heads, ConversationHead& to,
                           Entry entry);
// Appends rows to `messages`, many to a statement.
Result<void> write_entries(Driver& driver, TextPacker& packer, std::span<const LogTail::Row> rows);
// Writes what became of entries that were edited or recalled, over what they were.
Result<void> write_replaced(Driver& driver, TextPacker& packer, std::span<const LogTail::Row> rows);

}  // namespace mpim
