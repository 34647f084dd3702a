// Looks at the index of words beside a database.
#pragma once

#include <string>
#include <vector>

#include "server/store/sql/verify/verify.h"

namespace mpim {

// What is wrong with the index at `index` of the database at `database`, as remarks: it is made
// from the messages, and nothing is lost with it. None: it is sound, or there is none. Reads every
// page of it. kUnavailable: the database fails.
Result<std::vector<Finding>> verify_search(const std::string& database, const std::string& index);

}  // namespace mpim
