// Letting go without loss: what was accepted is answered, what was acknowledged is written.
#pragma once

#include <memory>
#include <vector>

#include "server/node/worker.h"

namespace mpim {

// Ends all connections, then writes all cursors. Returns when that is done, or when its time is
// over: `time_out` for the connections, a few seconds more for the cursors. Their loops must be
// running.
// Threads  none of the loops' own: it waits.
void drain_workers(const std::vector<std::unique_ptr<Worker>>& workers, Millis time_out);

}  // namespace mpim
