// Doing one thing to each of several users.
#pragma once

#include <functional>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

// Does `act` to every user named on the line, and shows what it answered. When it fails after it
// was done to some, the rest is left, the failure is a warning and the exit code is partial
// success.
Result<int> for_each_user(Call& call, std::span<const Column> columns,
                          const std::function<Result<Value>(const v1::UserRef&)>& act);

// How a user looks in a list.
std::span<const Column> user_columns();

}  // namespace mpim::ops
