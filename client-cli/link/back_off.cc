#include "client-cli/link/back_off.h"

#include <algorithm>

namespace mpim::chat {

Millis BackOff::next() {
  constexpr uint32_t kDoublingsMax = 16;
  const Millis whole = std::min(last_, first_ * (int64_t{1} << std::min(failures_, kDoublingsMax)));
  ++failures_;
  std::uniform_int_distribution<int64_t> between(whole.count() / 2, whole.count());
  return Millis(between(random_));
}

Millis BackOff::within(Millis window) {
  std::uniform_int_distribution<int64_t> between(0, window.count());
  return Millis(between(random_));
}

}  // namespace mpim::chat
