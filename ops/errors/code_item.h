// An error code of the registry, as these commands show it.
#pragma once

#include "ops/value.h"
#include "server/core/errors.h"

namespace mpim::ops {

// {"code", "meaning", "remedy", "retryable", "exitCode", "httpStatus", "connectCode"}
Value code_item(const CodeEntry& entry);

}  // namespace mpim::ops
