// A database's file that is made beside its place and put there when it is whole.
#pragma once

#include <string>

#include "server/core/result.h"

namespace mpim::ops {

// An empty file that only its owner may read, in place of whatever an earlier attempt left there.
// kUnavailable.
Result<void> begin_file(const std::string& path);

// Syncs `made`, which nobody has open, and gives it the name `path`, in one step. kUnavailable.
Result<void> put_in_place(const std::string& made, const std::string& path);

}  // namespace mpim::ops
