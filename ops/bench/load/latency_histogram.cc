#include "ops/bench/load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mpim::ops {
namespace {

constexpr unsigned kExactBits = 8;  // below 2^8 each microsecond has a bucket
constexpr uint64_t kExact = uint64_t{1} << kExactBits;
constexpr uint64_t kOfDoubling = kExact / 2;
constexpr auto kLongestCount = static_cast<uint64_t>(LatencyHistogram::kLongest.count());

// The upper half of each doubling's 256 places is its own; the lower half belongs to those before.
constexpr size_t bucket_of(uint64_t value) {
  if (value < kExact) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kExactBits;
  return kExact + (shift - 1) * kOfDoubling + ((value >> shift) - kOfDoubling);
}

// The largest value that falls into a bucket.
constexpr uint64_t top_of(size_t bucket) {
  if (bucket < kExact) return bucket;
  const auto shift = static_cast<unsigned>((bucket - kExact) / kOfDoubling + 1);
  const uint64_t place = (bucket - kExact) % kOfDoubling + kOfDoubling;
  return ((place + 1) << shift) - 1;
}

static_assert(top_of(bucket_of(255)) == 255 && bucket_of(256) == 256);
static_assert(top_of(bucket_of(kLongestCount)) == kLongestCount);

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(bucket_of(kLongestCount) + 1, 0) {}

void LatencyHistogram::record(Micros took, uint64_t times) {
  took = std::clamp(took, Micros(0), kLongest);
  buckets_[bucket_of(static_cast<uint64_t>(took.count()))] += times;
  count_ += times;
  if (times > 0) max_ = std::max(max_, took);
}

Micros LatencyHistogram::percentile(double percent) const {
  if (count_ == 0) return Micros(0);
  const double share = std::clamp(percent, 0.0, 100.0) / 100.0;
  const auto wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_) - 1e-9)));
  uint64_t passed = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    passed += buckets_[i];
    if (passed >= wanted) return std::min(max_, Micros(static_cast<int64_t>(top_of(i))));
  }
  return max_;
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

}  // namespace mpim::ops
