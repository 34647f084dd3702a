// How long things took, counted in buckets that grow with the time they stand for.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace mpim::ops {

using Micros = std::chrono::microseconds;

// A histogram in the manner of HdrHistogram: 256 buckets of a microsecond, then 128 for each
// doubling. Nothing recorded is dropped, and no percentile is interpolated.
//
// Threads  one.
// Limits   kLongest at most (what took longer counts as that); about 31 KB, whatever is recorded.
//          A percentile is at most 1/128 (0.8 %) above the value that was recorded, and never
//          below it; max() is exact.
class LatencyHistogram {
 public:
  static constexpr Micros kLongest{(int64_t{1} << 36) - 1};  // 19 hours

  LatencyHistogram();

  void record(Micros took, uint64_t times = 1);
  // The least value that at least this share of what was recorded does not exceed: 50 is the
  // median, 99.9 leaves one in a thousand above it. 0 when nothing was recorded.
  Micros percentile(double percent) const;
  Micros max() const { return max_; }
  uint64_t count() const { return count_; }
  void merge(const LatencyHistogram& other);

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  Micros max_{0};
};

}  // namespace mpim::ops
