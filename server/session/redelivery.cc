#include "server/session/redelivery.h"

#include <algorithm>

namespace mpim {

void Redelivery::waiting(Instant now) {
  if (running_) return;
  running_ = true;
  last_tick_ = now;
  waited_ = Millis{0};
}

void Redelivery::progress(Instant now, bool more) {
  running_ = more;
  last_tick_ = now;
  waited_ = Millis{0};
  attempts_ = 0;
}

Redelivery::Verdict Redelivery::tick(Instant now) {
  if (!running_) return Verdict::kWait;
  const Millis passed = now - last_tick_;
  last_tick_ = now;
  waited_ += std::min(passed, 2 * options_.tick);
  if (waited_ < delay()) return Verdict::kWait;
  waited_ = Millis{0};
  if (attempts_ >= options_.attempts_max) return Verdict::kDead;
  ++attempts_;
  running_ = false;  // until the repeated bytes have left
  return Verdict::kPushAgain;
}

}  // namespace mpim
