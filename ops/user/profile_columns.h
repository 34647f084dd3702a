// How a user looks with what he tells about himself.
#pragma once

#include "ops/call.h"

namespace mpim::ops {

// The user as one item, with the fields of his profile.
Value with_profile(Value user, const Value& profile);
std::span<const Column> profile_columns();

}  // namespace mpim::ops
