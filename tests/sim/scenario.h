// One simulated run: a seed decides people, devices, faults and what everybody does; afterwards
// every promise is checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mpim::sim {

struct Outcome {
  std::vector<std::string> broken;  // promises that did not hold, one sentence each
  uint64_t steps = 0;               // tasks that ran
  uint64_t messages = 0;            // stored
  uint64_t crashes = 0;
  uint64_t digest = 0;  // of everything that was seen: equal runs have equal digests
};

Outcome run_scenario(uint64_t seed);

}  // namespace mpim::sim
