// What makes a SQLite database a backup: checksums of all that is in it.
#pragma once

#include <string>

#include "server/core/clock.h"
#include "server/store/sql/copy/digest.h"

namespace mpim {

struct BackupSeal {
  Timestamp made_at;
  std::string source;  // for people: which database it was
  uint64_t rows = 0;
};

// Reads everything and writes its checksums into two tables beside it; the log's index must reach
// its end.
Result<BackupSeal> seal_backup(Driver& file, Timestamp made_at, const std::string& source,
                               const OnRows& on_rows);

// Reads everything again. kNotFound: this is no backup; kBadRequest: it is not what was sealed, and
// which tables differ.
Result<BackupSeal> check_backup(Driver& file, const OnRows& on_rows);

// How many rows were sealed; 0: this is no backup.
Result<uint64_t> sealed_rows(Driver& file);

}  // namespace mpim
