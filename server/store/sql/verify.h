// Checks what must be true of a database, row against row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Something that must not be.
struct Finding {
  std::string id;               // stable: "log.gap"; sorted in the table of verify.cc
  ConversationId conversation;  // none when it is not about one
  std::string sentence;         // what is wrong, for the operator
};

// Runs every check, each in one pass over its tables, and answers at most `per_check_max` findings
// of each; none means that the database is sound. Reads only, in one snapshot. Takes time in
// proportion to the database: for a stopped server. kUnavailable.
Result<std::vector<Finding>> verify(Driver& driver, uint32_t per_check_max = 20);

}  // namespace mpim
