// When: 2h ago, or on a day.
#pragma once

#include <string_view>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim::chat {

// 45s, 30m, 2h, 3d or 1w before `now`; 2026-01-05, 2026-01-05T10:03 or 2026-01-05T10:03:07 in the
// local zone, or with a Z behind it in UTC; or milliseconds since 1970, as the protocol has them.
// kBadRequest for anything else.
Result<Timestamp> moment(std::string_view typed, Timestamp now);

}  // namespace mpim::chat
