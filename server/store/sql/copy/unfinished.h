// The mark of a copy that has not ended.
#pragma once

#include <string_view>

#include "server/store/sql/driver/driver.h"

namespace mpim {

// A table that is there from a copy's first row to its end. No node starts on such a database.
inline constexpr std::string_view kCopyProgress = "copy_progress";

// kConflict: the database is a part of one only.
inline Result<void> refuse_unfinished_copy(Driver& driver) {
  if (!driver.has_table(kCopyProgress)) return {};
  return Error{Code::kConflict,
               "a copy into this database has not ended: run the same mpimctl db copy or restore "
               "again, which goes on with it"};
}

}  // namespace mpim
