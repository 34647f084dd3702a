// How long tokens and keys live.
#pragma once

#include <algorithm>

#include "server/core/clock.h"

namespace mpim {

// As the settings of [tokens] say.
struct TokenOptions {
  Millis access{900'000};                           // an access token
  Millis refresh = std::chrono::hours(24 * 30);     // a refresh token that nobody uses
  Millis key = std::chrono::hours(24 * 30);         // for so long a key signs
  Millis issued_max = std::chrono::hours(24 * 90);  // the longest an operator may issue one for
  Millis leeway{30'000};                            // by which the clocks of two nodes may differ
  uint32_t admin_max = 100;                         // operators' tokens that have not expired
  Millis known{60'000};                             // see KnownTokens

  Millis longest() const { return std::max(access, issued_max); }
};

}  // namespace mpim
