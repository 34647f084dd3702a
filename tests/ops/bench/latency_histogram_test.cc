#include "ops/bench/load/latency_histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "ops/bench/load/load_schedule.h"

using namespace mpim::ops;
using namespace std::chrono_literals;

namespace {

// From microseconds to minutes, as latencies are.
std::vector<int64_t> spread_values(uint32_t seed, size_t count) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> decade(0, 8);
  std::vector<int64_t> values(count);
  for (int64_t& value : values) value = static_cast<int64_t>(std::pow(10, decade(random)));
  return values;
}

LatencyHistogram histogram_of(const std::vector<int64_t>& values) {
  LatencyHistogram made;
  for (const int64_t value : values) made.record(Micros(value));
  return made;
}

// A server that answers at once, but for the second from 5 s on in which it does nothing.
constexpr auto kStallFrom = 5s;
constexpr auto kStallUntil = 6s;
LoadTime answered_at(LoadTime start, LoadTime asked) {
  const bool stalled = asked - start >= kStallFrom && asked - start < kStallUntil;
  return stalled ? start + kStallUntil : asked;
}

Micros between(LoadTime from, LoadTime to) { return std::chrono::duration_cast<Micros>(to - from); }

}  // namespace

TEST_CASE("a percentile is the value that sorting finds, within one in 128 above it",
          "[ops][bench][X7]") {
  const size_t count = GENERATE(1U, 2U, 7U, 1'000U, 50'000U);
  std::vector<int64_t> values = spread_values(static_cast<uint32_t>(count), count);
  const LatencyHistogram histogram = histogram_of(values);
  std::ranges::sort(values);
  for (const double percent : {0.1, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    INFO(percent << " of " << count);
    const auto rank = static_cast<size_t>(
        std::max(1.0, std::ceil(percent / 100 * static_cast<double>(count) - 1e-9)));
    const int64_t exact = values[rank - 1];
    const int64_t found = histogram.percentile(percent).count();
    CHECK(found >= exact);
    CHECK(found <= exact + exact / 128);
  }
  CHECK(histogram.max().count() == values.back());
  CHECK(histogram.count() == count);
}

TEST_CASE("merged histograms are the histogram of everything", "[ops][bench]") {
  const auto one = spread_values(1, 5'000);
  const auto other = spread_values(2, 3'000);
  auto all = one;
  all.insert(all.end(), other.begin(), other.end());
  LatencyHistogram merged = histogram_of(one);
  merged.merge(histogram_of(other));
  const LatencyHistogram whole = histogram_of(all);
  CHECK(merged.count() == whole.count());
  CHECK(merged.max() == whole.max());
  for (const double percent : {1.0, 50.0, 99.0, 99.9})
    CHECK(merged.percentile(percent) == whole.percentile(percent));
}

TEST_CASE("what is beyond a histogram's range is kept at its ends", "[ops][bench]") {
  LatencyHistogram histogram;
  CHECK(histogram.percentile(50) == Micros(0));
  histogram.record(Micros(-5));
  histogram.record(LatencyHistogram::kLongest + 1h);
  CHECK(histogram.count() == 2);
  CHECK(histogram.percentile(50) == Micros(0));
  CHECK(histogram.max() == LatencyHistogram::kLongest);
  histogram.record(Micros(10), 98);
  CHECK(histogram.percentile(50) == Micros(10));
}

TEST_CASE("a stall counts in full: each message that was due in it has waited",
          "[ops][bench][X7]") {
  const LoadTime start{100s};
  const LoadSchedule schedule(start, 1'000);
  LatencyHistogram open_loop;
  for (uint64_t i = 0; i < 10'000; ++i)
    open_loop.record(between(schedule.due(i), answered_at(start, schedule.due(i))));
  // One message after the other, timed from when each was sent: the stall is one slow message.
  LatencyHistogram omitting;
  for (LoadTime now = start; now < start + 10s;) {
    const LoadTime answer = answered_at(start, now);
    omitting.record(between(now, answer));
    now = std::max(answer, now + 1ms);
  }
  CHECK(omitting.percentile(99.9) == Micros(0));
  CHECK(open_loop.percentile(90) <= Micros(1'000));
  CHECK(open_loop.percentile(95) >= 495ms);
  CHECK(open_loop.percentile(99) >= 895ms);
  CHECK(open_loop.max() == 1s);
}

TEST_CASE("a schedule knows how many messages are due at any time", "[ops][bench]") {
  const uint64_t rate = GENERATE(1U, 3U, 1'000U, 7'777U, 2'000'000U);
  const LoadTime start{7s};
  const LoadSchedule schedule(start, rate);
  CHECK(schedule.due(0) == start);
  CHECK(schedule.due(rate) == start + 1s);
  CHECK(schedule.due_before(start - 1s) == 0);
  CHECK(schedule.due_before(start + 10s) == 10 * rate);
  for (uint64_t i = 1; i < 50; ++i) {
    const uint64_t index = i * rate / 10 + i;
    INFO(rate << ": " << index);
    CHECK(schedule.due(index) > schedule.due(index - 1));
    CHECK(schedule.due_before(schedule.due(index)) == index);
    CHECK(schedule.due_before(schedule.due(index) + 1ns) == index + 1);
  }
}
