// What to push again, when, and when to give up.
#pragma once

#include "server/core/clock.h"

namespace mpim {

struct RedeliveryOptions {
  Millis first{1'000};  // then twice as long each time
  uint32_t attempts_max = 4;
  Millis tick{250};  // how often the session asks; a tick that comes much later was a stall
};

// Counts the time that unacknowledged pushes have waited for one session.
// Threads  the session's loop. Pure: it is told the time.
// Order    waiting() when there is something unacknowledged whose bytes have left, progress() on
//          every acknowledgement that moved, tick() every `tick`.
class Redelivery {
 public:
  enum class Verdict : uint8_t { kWait, kPushAgain, kDead };

  explicit Redelivery(RedeliveryOptions options) : options_(options) {}

  // Something is unacknowledged, and its bytes have left the output buffer. Starts the clock if it
  // does not run yet.
  void waiting(Instant now);
  // An acknowledgement moved: the clock starts anew, with the first delay. `more` is still
  // unacknowledged.
  void progress(Instant now, bool more);
  // Time in which this process did not run (a tick that came much later than asked) is not counted.
  Verdict tick(Instant now);
  bool running() const { return running_; }

 private:
  Millis delay() const { return options_.first * (1 << attempts_); }

  RedeliveryOptions options_;
  bool running_ = false;
  Instant last_tick_;
  Millis waited_{0};
  uint32_t attempts_ = 0;
};

}  // namespace mpim
