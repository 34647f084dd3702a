// Up to which place of the log nothing can come any more.
#pragma once

#include <chrono>
#include <deque>

#include "server/store/sql/rows/log_tail.h"

namespace mpim {

// Where many write, a place is given when a row is written and filled when that commits: what lies
// behind it may be seen before. A hole is waited for; one that stays empty for longer than any
// transaction may stand still was rolled back.
// Threads  the owner's.
class SettledPlaces {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit SettledPlaces(std::chrono::milliseconds transaction_max)
      : transaction_max_(transaction_max) {}

  // The last place that is filled, as it is seen now.
  void saw(LogPos last, Moment now) {
    while (!seen_.empty() && now - seen_.front().at >= transaction_max_) {
      settled_ = seen_.front().last;
      seen_.pop_front();
    }
    const bool news = seen_.empty() || now - seen_.back().at >= transaction_max_ / kSamples;
    if (news) seen_.push_back({now, last});
  }
  // Whether nothing will come between two filled places any more.
  bool closed(LogPos before, LogPos next) const { return next == before + 1 || next <= settled_; }

 private:
  static constexpr int kSamples = 16;
  struct Sample {
    Moment at;
    LogPos last;
  };
  const std::chrono::milliseconds transaction_max_;
  std::deque<Sample> seen_;
  LogPos settled_ = 0;
};

}  // namespace mpim
