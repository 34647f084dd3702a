// Routes as the commands of this folder show them.
#pragma once

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

// Asks for the routes of one user, or with an empty ref of everybody, and shows them.
Result<int> show_routes(Call& call, const v1::UserRef& user);

}  // namespace mpim::ops
