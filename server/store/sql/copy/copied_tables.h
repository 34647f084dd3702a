// What a database is, table by table, whatever keeps it: for copies and their checksums.
#pragma once

#include <span>
#include <string_view>

#include "server/store/sql/driver/driver.h"

namespace mpim {

// A table whose rows are copied as they are, in the order of its primary key.
struct CopiedTable {
  std::string_view name;
  std::string_view columns;  // those of the primary key come first, in its order
  std::string_view cells;    // a letter each: number, text, bytes, packed text or bytes
  size_t key_columns;
};

// All but those below, sorted by name. Beside them: `messages`, whose places are numbered anew;
// `retention`, which names places; `store_identity`, which is written last; `schema_version`. What
// one kind of database has alone is made of the others: `messages_by_seq`, `log_index`, `writers`.
std::span<const CopiedTable> copied_tables();

// The columns of `messages` without the place.
inline constexpr CopiedTable kCopiedLog{
    .name = "messages",
    .columns =
        "conversation, seq, kind, type, sender, device, subject, ref, at, client_id, text, state, "
        "changed_at, sent_at, client_at, file, packed, ext",
    .cells = "nnnnnnnnntpnnnnnnt",
    .key_columns = 2,
};

// Those that number their rows themselves, and go on above the highest number ever given.
std::span<const std::string_view> numbered_tables();

// A statement that is made while the program runs. Its text is kept for the process's life, because
// drivers know statements by the address of their text. From one thread at a time.
Sql made_sql(std::string text);

}  // namespace mpim
