// What one reader gets to see of a conversation's log.
#pragma once

#include <span>
#include <vector>

#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_pages.h"

namespace mpim {

// Whether a seq lies within his memberships.
bool in_sight(std::span<const SeqInterval> memberships, Seq seq);

// A message as he sees it: when it was edited while he could not read, its text is withheld. Every
// other entry as it is.
EntryPtr as_seen(EntryPtr entry, std::span<const SeqInterval> memberships);

// Entries as `reader` sees them, in place; they are of one conversation, above `after`, ascending,
// and within his memberships. What he hid is left out, and so are edits of what he hid or may not
// read; other edits get the text, which stands in the message alone.
Result<void> show_to(Driver& driver, const LogLook& look, UserId reader,
                     std::span<const SeqInterval> memberships, Seq after,
                     std::vector<EntryPtr>& entries);

// What of (from, to] the reader hid, ascending.
Result<std::vector<Seq>> hidden_by(Driver& driver, UserId reader, ConversationId of,
                                   SeqInterval in);

// Whether the reader hid the message.
Result<bool> is_hidden_by(Driver& driver, UserId reader, MessageId message);

// Whether nobody hid the message: then everybody who was a member all along may be shown it.
Result<bool> hidden_by_nobody(Driver& driver, MessageId message);

}  // namespace mpim
