// Checks what must be true of a database, row against row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Something that must not be, or, as a remark, that an operator may want to know.
struct Finding {
  std::string id;               // stable: "log.gap"; sorted in its table
  ConversationId conversation;  // none when it is not about one
  std::string sentence;         // what is wrong, for the operator
};

// Runs every check, each in one pass over its tables, and answers at most `per_check_max` findings
// of each, and then that there are more; none means that the database is sound. Where its pages are
// damaged that is all it says; a check that cannot be made is the last finding. Reads only, in one
// snapshot. Takes time in proportion to the database: for a stopped server. kUnavailable.
Result<std::vector<Finding>> verify(Driver& driver, uint32_t per_check_max = 20);
// The same for what may be in a sound database.
Result<std::vector<Finding>> remarks(Driver& driver, uint32_t per_check_max = 20);

}  // namespace mpim
