// When each message of an open-loop run is due, whatever the server does.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mpim::ops {

using LoadClock = std::chrono::steady_clock;
using LoadTime = LoadClock::time_point;

// Message i of the run is due at start + i / rate. Latencies count from there, so a server that
// stalls is charged for every message that should have been sent meanwhile, not only for the one
// that met the stall: that is what makes percentiles free of coordinated omission.
//
// Threads  a value like any other.
class LoadSchedule {
 public:
  LoadSchedule(LoadTime start, uint64_t rate_per_second)
      : start_(start), rate_(std::max<uint64_t>(1, rate_per_second)) {}

  LoadTime due(uint64_t index) const {
    const auto whole = std::chrono::seconds(index / rate_);
    return start_ + whole + std::chrono::nanoseconds(index % rate_ * 1'000'000'000 / rate_);
  }
  // How many messages are due before `time`.
  uint64_t due_before(LoadTime time) const {
    if (time <= start_) return 0;
    const auto passed = std::chrono::nanoseconds(time - start_);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(passed);
    const auto rest = static_cast<uint64_t>((passed - seconds).count());
    const auto before = static_cast<uint64_t>(seconds.count()) * rate_;
    return before + (rest * rate_ + 999'999'999) / 1'000'000'000;
  }

 private:
  LoadTime start_;
  uint64_t rate_;
};

}  // namespace mpim::ops
