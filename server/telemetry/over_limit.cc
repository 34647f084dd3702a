#include "server/telemetry/over_limit.h"

#include "server/telemetry/metrics.h"
#include "server/telemetry/rare_warning.h"

namespace mpim {

void note_over_limit(std::string_view what, uint64_t limit, Instant now) {
  static RareWarning warning;
  count(Counter::kOverLimit);
  warning.warn("cluster.over_limit", {{"what", what}, {"limit", limit}}, now);
}

}  // namespace mpim
