// The schema of a database that a copy is to fill.
#pragma once

#include <span>

#include "server/store/sql/migrations.h"

namespace mpim {

// As migrate(), and at a server, where a schema is not changed in transactions, what an earlier
// call left half done in an empty database is taken away and done again.
Result<void> make_target_schema(Driver& driver, std::span<const Migration> known);

}  // namespace mpim
