// Which setting of the server stands behind a refusal that a load test met.
#pragma once

#include <string>

#include "server/core/errors.h"

namespace mpim::ops {

enum class RefusedAt : uint8_t { kPreparing, kLoggingIn, kSending };

// What to change, as a sentence; the registry's remedy where no setting is to blame.
std::string refusal_hint(const Error& refusal, RefusedAt at);

}  // namespace mpim::ops
