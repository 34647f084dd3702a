// How long to wait before the next attempt to connect.
#pragma once

#include <cstdint>
#include <random>

#include "server/core/clock.h"

namespace mpim::chat {

// Pauses double from `first` to `last`; each is shortened by up to a half, at random, so that
// clients which lost the same server do not come back in one crowd.
class BackOff {
 public:
  BackOff(Millis first, Millis last, uint64_t seed) : first_(first), last_(last), random_(seed) {}

  Millis next();
  // At random, up to `window`: for a crowd that is told to spread itself.
  Millis within(Millis window);
  // The attempt succeeded: the next pause is a short one again.
  void reset() { failures_ = 0; }

 private:
  Millis first_;
  Millis last_;
  std::minstd_rand random_;
  uint32_t failures_ = 0;
};

}  // namespace mpim::chat
