// The index of the log by (conversation, seq): written behind, in large batches.
#pragma once

#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_tail.h"

namespace mpim {

// A transaction pays for the pages it changes. An entry is appended to the end of `messages`, next
// to others of its batch; its places in `messages_by_seq`, `client_ids` and `conversations` are
// spread over as many pages as there are conversations, and are written for many entries at once.
// `log_index` has the mark up to which that is done: whatever lies above it is in `messages` alone,
// and in the tail.

// Indexes all the tail has, in the caller's transaction; answers how far the index reaches then.
Result<LogPos> write_index(Driver& driver, const LogTail& tail);
// Where many write: the client ids and the heads of what this transaction has added. With
// `first_use` every client id must be new: one that is not ends the transaction (kBusy), which must
// then be done again without.
Result<void> write_new_client_ids(Driver& driver, std::span<const LogTail::Row> rows,
                                  bool first_use);
Result<void> write_moved_heads(Driver& driver, std::span<const LogTail::Row> rows);
// What the entry's client id stands for, ahead of the index.
Result<void> write_client_id(Driver& driver, const Entry& entry);
// Adds what the database has and the tail has not, as after a start or an unknown outcome. What the
// tail held of a transaction that failed is dropped. What others have pinned stays, unless the tail
// is only this reader's: then it begins at the index's mark.
enum class TailOf : uint8_t { kWriter, kReaderAlone };
Result<void> read_tail(Driver& driver, LogTail& tail, TailOf whose);

}  // namespace mpim
