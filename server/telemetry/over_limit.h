// What Redis, the registry or another node hands out beyond a limit.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/core/clock.h"

namespace mpim {

// Counts it (mpim_over_limit_total), and says so in the log, one line a second at most: "nodes",
// "texts of a lease". Whoever calls has cut it or passes over it.
// Threads  any.
void note_over_limit(std::string_view what, uint64_t limit, Instant now);

}  // namespace mpim
