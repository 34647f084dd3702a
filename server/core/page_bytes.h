// How much text an answer may carry.
#pragma once

#include <cstdint>

namespace mpim {

// A page ends with the entry that goes over it, and says that there is more, however many were
// asked for: written as JSON text may be six times as long (RFC 8259, 7), and all of an answer is
// in memory until its client has taken it.
inline constexpr uint32_t kPageTextBytes = 262'144;

}  // namespace mpim
