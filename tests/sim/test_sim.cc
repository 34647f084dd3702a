// Whole clusters on virtual time, with planted faults; every run is decided by its seed alone.
//
//   MPIM_SIM_SEEDS=N   how many seeds (default 1,000), from MPIM_SIM_FIRST (default 1)
//   MPIM_SIM_SEED=S    replays one seed and tells what it did
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/sim/scenario.h"

namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

std::string report(uint64_t seed, const mpim::sim::Outcome& outcome) {
  std::string text = "seed " + std::to_string(seed) +
                     " (replay: MPIM_SIM_SEED=" + std::to_string(seed) + " build/bin/test_sim)";
  for (const std::string& sentence : outcome.broken) text += "\n  " + sentence;
  return text;
}

}  // namespace

TEST_CASE("every promise holds under crashes, cuts, slow readers and store failures",
          "[sim][X4][M2][M3][M13][M25][M31][M52][M56][M59][M70]") {
  const uint64_t only = from_environment("MPIM_SIM_SEED", 0);
  const uint64_t first = only != 0 ? only : from_environment("MPIM_SIM_FIRST", 1);
  const uint64_t seeds = only != 0 ? 1 : from_environment("MPIM_SIM_SEEDS", 1'000);
  uint64_t messages = 0;
  mpim::sim::Befallen befallen;
  mpim::Millis slowest{0};
  mpim::Millis gap{0};
  uint64_t failed = 0;
  for (uint64_t seed = first; seed < first + seeds && failed < 5; ++seed) {
    const auto outcome = mpim::sim::run_scenario(seed);
    messages += outcome.messages;
    befallen += outcome.befallen;
    slowest = std::max(slowest, outcome.level_after);
    gap = std::max(gap, outcome.gap_healed);
    if (only != 0)
      std::cout << "steps " << outcome.steps << " messages " << outcome.messages << " crashes "
                << outcome.befallen.crashes << " digest " << outcome.digest << "\n";
    if (outcome.broken.empty()) continue;
    ++failed;
    UNSCOPED_INFO(report(seed, outcome));
  }
  std::cout << seeds << " seeds: " << messages << " messages, " << befallen.crashes << " crashes, "
            << befallen.restarts << " restarts, " << befallen.stalls << " stopped processes, "
            << befallen.partitions << " partitions, " << befallen.outages
            << " outages; level within " << slowest.count()
            << " ms of the last fault, idle gaps in " << gap.count() << " ms\n";
  CHECK(failed == 0);
  // A simulation in which nothing happens proves nothing.
  CHECK(messages > seeds * 5);
  if (seeds < 100) return;
  CHECK(befallen.crashes > seeds / 10);
  CHECK(befallen.restarts > seeds / 10);
  CHECK(befallen.stalls > seeds / 10);
  CHECK(befallen.partitions > seeds / 10);
  CHECK(befallen.outages > seeds / 10);
}

TEST_CASE("a seed replays to the same steps and the same messages", "[sim][X4]") {
  for (const uint64_t seed : {7U, 77U, 777U}) {
    const auto once = mpim::sim::run_scenario(seed);
    const auto again = mpim::sim::run_scenario(seed);
    CHECK(once.steps == again.steps);
    CHECK(once.digest == again.digest);
  }
}
