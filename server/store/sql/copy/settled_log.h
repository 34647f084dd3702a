// A file whose index is not behind its log.
#pragma once

#include <string>

#include "server/core/result.h"

namespace mpim {

// Writes what the database's writer would write next: the index of the log's end, client ids and
// heads with it. Changes nothing else, and nothing at all where the index is at the end.
// Errors as open_sqlite_store.
Result<void> settle_log(const std::string& path);

}  // namespace mpim
