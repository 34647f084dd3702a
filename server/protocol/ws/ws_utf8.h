// UTF-8 that comes in parts, cut anywhere (RFC 3629: no surrogates, nothing over-long, none past
// U+10FFFF).
#pragma once

#include <cstdint>
#include <string_view>

namespace mpim {

// Threads  one. Keeps three bytes, no heap.
class Utf8Check {
 public:
  // False from the first byte on that no valid text has at its place; then it is of no more use.
  bool take(std::string_view part);
  // What was taken ends with a whole character.
  bool complete() const { return left_ == 0; }

 private:
  bool step(uint8_t byte);

  uint8_t left_ = 0;                  // bytes that the character still needs
  uint8_t low_ = 0x80, high_ = 0xbf;  // between which the next one lies
};

}  // namespace mpim
