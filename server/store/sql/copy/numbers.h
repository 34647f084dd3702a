// The numbers that rows have been given, and those that come next.
#pragma once

#include "server/store/sql/driver/driver.h"

namespace mpim {

// Rows that `into` is to number get higher numbers than `from` ever gave, also to rows that are
// gone. Both databases have the same rows.
Result<void> copy_numbers(Driver& from, Driver& into);

}  // namespace mpim
