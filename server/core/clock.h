// Time, always given from outside: nothing that decides reads a clock of its own.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace mpim {

using Millis = std::chrono::milliseconds;

// Wall-clock milliseconds since 1970-01-01 UTC: what is stored and shown. May jump.
struct Timestamp {
  int64_t ms = 0;
  constexpr auto operator<=>(const Timestamp&) const = default;
  constexpr Timestamp operator+(Millis d) const { return {ms + d.count()}; }
  constexpr Timestamp operator-(Millis d) const { return {ms - d.count()}; }
};

// Milliseconds of a clock that never jumps: what time-outs are counted in.
struct Instant {
  int64_t ms = 0;
  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Millis d) const { return {ms + d.count()}; }
  constexpr Millis operator-(Instant other) const { return Millis(ms - other.ms); }
};

// Threads  any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp wall() const = 0;
  virtual Instant steady() const = 0;
};

}  // namespace mpim
