// Letting go without loss: what was accepted is answered, what was acknowledged is written.
#pragma once

#include <memory>
#include <vector>

#include "server/node/worker.h"

namespace mpim {

inline constexpr Millis kFlushMin{2'000};

// Ends all connections, then writes all cursors. Returns when that is done, or when its time is
// over: `time_out` for both, and kFlushMin at least for the cursors. Their loops must be running.
// False: cursors are not written, and the store is not to be waited for any longer.
// Threads  none of the loops' own: it waits.
bool drain_workers(const std::vector<std::unique_ptr<Worker>>& workers, Millis time_out);

}  // namespace mpim
