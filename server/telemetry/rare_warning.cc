#include "server/telemetry/rare_warning.h"

#include <string>

namespace mpim {

void RareWarning::warn(std::string_view event, std::initializer_list<LogField> fields,
                       Instant now) {
  int64_t next = next_ms_.load();
  if (now.ms < next || !next_ms_.compare_exchange_strong(next, (now + kInterval).ms)) {
    ++held_back_;
    return;
  }
  if (const uint64_t held_back = held_back_.exchange(0); held_back > 0)
    log_warn("log.held_back", {{"event", event}, {"lines", held_back}});
  log_event(LogLevel::kWarn, event, fields);
}

}  // namespace mpim
