// One simulated run: a seed decides nodes, people, devices, faults and what everybody does;
// afterwards every promise is checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/sim_cluster.h"

namespace mpim::sim {

// After the last fault has ended every device has everything it was owed within this time: a dead
// connection is noticed after at most 20 s here, and pushes that nobody acknowledges are given up
// after 15 s.
inline constexpr Millis kLevelWithin{30'000};
// Without a single hint an entry reaches everybody within this time.
inline constexpr Millis kGapHealsWithin{5'000};

struct Outcome {
  std::vector<std::string> broken;  // promises that did not hold, one sentence each
  uint64_t steps = 0;               // tasks that ran
  uint64_t messages = 0;            // stored
  Befallen befallen;
  Millis level_after{0};  // how long after the last fault
  Millis gap_healed{0};   // how long an entry took without a hint
  uint64_t digest = 0;    // of every task that ran and everything that was seen
};

Outcome run_scenario(uint64_t seed);

}  // namespace mpim::sim
