// Whether a client sends its body as fast as it must.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "server/core/clock.h"

namespace mpim {

// Counts the time in which somebody waits for the client, and what comes meanwhile. What a disk
// takes is not the client's time.
class HttpPace {
 public:
  void begin_wait(Instant now) {
    if (!waiting_since_) waiting_since_ = now;
  }
  void end_wait(Instant now) {
    if (waiting_since_) waited_ += now - *waiting_since_;
    waiting_since_.reset();
  }
  void came(uint64_t bytes) { bytes_ += bytes; }

  // Asked once each `window`. Whoever was waited for through less than half of it is judged the
  // next time; without a least rate, only who sends nothing at all is too slow.
  bool too_slow(Instant now, Millis window, uint32_t bytes_per_s_min) {
    const bool waiting = waiting_since_.has_value();
    end_wait(now);
    if (waiting) waiting_since_ = now;
    if (waited_ * (bytes_per_s_min == 0 ? 1 : 2) < window) return false;
    const uint64_t wanted = static_cast<uint64_t>(waited_.count()) * bytes_per_s_min / 1'000;
    const bool slow = bytes_ < std::max<uint64_t>(wanted, 1);
    waited_ = Millis(0);
    bytes_ = 0;
    return slow && waiting;
  }

 private:
  Millis waited_{0};
  std::optional<Instant> waiting_since_;
  uint64_t bytes_ = 0;
};

}  // namespace mpim
