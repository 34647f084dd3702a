// How long: 500ms, 2s, 1m.
#pragma once

#include <string_view>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim::chat {

// A whole number and its unit (ms, s, m), at most a day. kBadRequest for anything else.
Result<Millis> duration(std::string_view typed);

}  // namespace mpim::chat
