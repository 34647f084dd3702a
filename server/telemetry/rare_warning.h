// Warnings that strangers can cause: one line a second at most.
#pragma once

#include <atomic>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "server/core/clock.h"
#include "server/telemetry/log.h"

namespace mpim {

// Threads  any.
class RareWarning {
 public:
  static constexpr Millis kInterval{1'000};

  // Those that were not written are counted in a line of their own before the next.
  void warn(std::string_view event, std::initializer_list<LogField> fields, Instant now);

 private:
  std::atomic<int64_t> next_ms_{std::numeric_limits<int64_t>::min()};
  std::atomic<uint64_t> held_back_{0};
};

}  // namespace mpim
