// A user's version: raised by every change of what is private to him.
#pragma once

#include "server/store/sql/driver/driver.h"

namespace mpim {

// The version of the change that the caller is about to write. kNotFound: no such user.
// Threads  the Store's, inside a transaction.
Result<uint64_t> next_version(Driver& driver, UserId user);

}  // namespace mpim
