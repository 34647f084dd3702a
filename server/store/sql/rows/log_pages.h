// Pages of the log as one reader may see it: from memory what lies there, by the index the rest.
#pragma once

#include <span>

#include "server/core/message.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_view.h"

namespace mpim {

// One membership of a reader: he may see (from, to].
struct SeqInterval {
  Seq from;
  Seq to;
};

// What pages may still take; the last entry may exceed the bytes.
struct PageRoom {
  uint32_t entries = 0;
  uint64_t bytes = 0;  // of text, and what goes with it

  bool any() const { return entries > 0 && bytes > 0; }
};

// The entries above `after` in `intervals` (ascending, cut at floor and head), as far as `room`
// goes, which shrinks by them. `last` is what the reader may see at most. kUnavailable, too, when
// they are not contiguous.
Result<Page> read_page(Driver& driver, const LogLook& look, ConversationId of, GroupId group,
                       std::span<const SeqInterval> intervals, Seq after, Seq last, PageRoom& room);

// One entry, whoever asks. kNotFound.
Result<EntryPtr> entry_at(Driver& driver, const LogLook& look, MessageId id);

// The same for the writer, as its transaction has left it so far, with its place. kNotFound.
Result<LogTail::Row> row_at(Driver& driver, const LogTail& tail, MessageId id);

}  // namespace mpim
