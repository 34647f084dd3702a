#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>
#include <sstream>
#include <thread>
#include <vector>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// The value of one line of the text, such as `mpim_requests_total` or `x_bucket{le="0.1"}`.
double shown(const std::string& sample) {
  std::istringstream text(render_metrics());
  for (std::string line; std::getline(text, line);)
    if (line.starts_with(sample + " ")) return std::stod(line.substr(sample.size() + 1));
  return std::nan("");
}

TEST_CASE("a counter counts over all threads, also those that ended", "[telemetry]") {
  constexpr int kThreads = 8;
  constexpr int kEach = 10'000;
  const uint64_t before = counted(Counter::kRequests);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < kEach; ++i) count(Counter::kRequests);
      });
  }
  count(Counter::kRequests, 5);
  CHECK(counted(Counter::kRequests) - before == kThreads * kEach + 5);
  CHECK(shown("mpim_requests_total") == static_cast<double>(counted(Counter::kRequests)));
}

TEST_CASE("threads that come and go keep what was counted", "[telemetry]") {
  const uint64_t before = counted(Counter::kBytesIn);
  for (int i = 0; i < 100; ++i) std::jthread([] { count(Counter::kBytesIn, 3); }).join();
  CHECK(counted(Counter::kBytesIn) - before == 300);
}

TEST_CASE("counters are read while they are counted", "[telemetry]") {
  std::atomic<bool> stop = false;
  std::jthread writer([&stop] {
    while (!stop) {
      count(Counter::kBytesOut);
      observe(Histogram::kStoreWaitSeconds, 0.001);
    }
  });
  uint64_t last = 0;
  for (int i = 0; i < 200; ++i) {
    const uint64_t now = counted(Counter::kBytesOut);
    CHECK(now >= last);
    last = now;
    CHECK_FALSE(render_metrics().empty());
  }
  stop = true;
}

TEST_CASE("an observation is counted in its bucket and in every larger one", "[telemetry]") {
  const std::string name = "mpim_store_commit_seconds";
  const auto bucket = [&](const std::string& bound) {
    return shown(name + "_bucket{le=\"" + bound + "\"}");
  };
  const double below = bucket("0.0025");
  const double at = bucket("0.005");
  const double above = bucket("10");
  const double all = bucket("+Inf");
  const double sum = shown(name + "_sum");
  observe(Histogram::kStoreCommitSeconds, 0.003);
  observe(Histogram::kStoreCommitSeconds, 0.005);  // a bound belongs to its bucket
  observe(Histogram::kStoreCommitSeconds, 60);
  CHECK(bucket("0.0025") == below);
  CHECK(bucket("0.005") == at + 2);
  CHECK(bucket("10") == above + 2);
  CHECK(bucket("+Inf") == all + 3);
  CHECK(shown(name + "_count") == all + 3);
  CHECK(shown(name + "_sum") == Approx(sum + 60.008));
}

TEST_CASE("no time at all is counted as none", "[telemetry]") {
  const double before = shown("mpim_messages_processing_seconds_sum");
  observe(Histogram::kMessageSeconds, -5);
  observe(Histogram::kMessageSeconds, std::nan(""));
  CHECK(shown("mpim_messages_processing_seconds_sum") == before);
}

TEST_CASE("a gauge is shown while it lives, and gauges of one name as their sum", "[telemetry]") {
  double value = 2.5;
  {
    const Gauge one("mpim_test_things", "Things.", [&value] { return value; });
    CHECK(shown("mpim_test_things") == 2.5);
    value = 4;
    Gauge two("mpim_test_things", "Things.", [] { return 10.0; });
    CHECK(shown("mpim_test_things") == 14);
    const Gauge moved = std::move(two);
    CHECK(shown("mpim_test_things") == 14);
    two = Gauge("mpim_test_others", "Others.", [] { return 1.0; });
    CHECK(shown("mpim_test_others") == 1);
    two = {};
    CHECK(std::isnan(shown("mpim_test_others")));
  }
  CHECK(std::isnan(shown("mpim_test_things")));
}

TEST_CASE("gauges of one name and different labels stand beside one another", "[telemetry]") {
  const Gauge first("mpim_test_parts", "Parts.", [] { return 1.0; }, {"part", "a"});
  const Gauge more("mpim_test_parts", "Parts.", [] { return 2.0; }, {"part", "a"});
  const Gauge other("mpim_test_parts", "Parts.", [] { return 5.0; }, {"part", "b"});
  CHECK(shown("mpim_test_parts{part=\"a\"}") == 3);
  CHECK(shown("mpim_test_parts{part=\"b\"}") == 5);
}

TEST_CASE("the text has help and type for every family, each once", "[telemetry]") {
  std::istringstream text(render_metrics());
  std::vector<std::string> helped;
  std::vector<std::string> typed;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string hash, word, name;
    words >> hash >> word >> name;
    if (hash == "#" && word == "HELP") helped.push_back(name);
    if (hash == "#" && word == "TYPE") typed.push_back(name);
    if (hash != "#") CHECK(line.starts_with(typed.back()));
  }
  CHECK(helped == typed);
  std::ranges::sort(typed);
  CHECK(std::ranges::adjacent_find(typed) == typed.end());
  CHECK(typed.size() > 30);
}

TEST_CASE("the process says how it is and which version it runs", "[telemetry]") {
  CHECK(shown("mpim_build_info{version=\"" MPIM_VERSION "\"}") == 1);
  CHECK(shown("process_resident_memory_bytes") > 1'000'000);
  CHECK(shown("process_cpu_seconds_total") > 0);
  CHECK(shown("process_open_fds") >= 3);
  CHECK(shown("process_max_fds") >= shown("process_open_fds"));
  const double now = static_cast<double>(std::time(nullptr));
  CHECK(shown("process_start_time_seconds") <= now + 1);
  CHECK(shown("process_start_time_seconds") > now - 3'600);
}

}  // namespace
}  // namespace mpim
