// What may go wrong in a simulated cluster, and how often.
#pragma once

#include <cstdint>

namespace mpim::sim {

// How badly the store behaves, in percent of its batches or reads.
struct StoreFaults {
  uint32_t commit_fails = 0;    // nothing was stored: kUnavailable
  uint32_t commit_unknown = 0;  // stored or not, nobody can tell: kUnknown
  uint32_t read_fails = 0;
  uint32_t busy = 0;
  int64_t commit_ms_max = 4;
  bool away = false;  // no node reaches it: a commit under way may have happened
};

// Rates without a unit are per mille of the scenario's steps.
struct Faults {
  StoreFaults store;
  uint32_t hint_lost = 0;      // percent of envelopes that reach no worker
  uint32_t hint_late = 0;      // percent of envelopes that others overtake
  uint32_t cut = 0;            // percent of steps at which some connection is cut
  uint32_t ack_lost = 0;       // percent of acknowledgements a device forgets to send
  uint32_t crash = 0;          // a node dies, and comes back under the same name
  uint32_t restart = 0;        // a node closes its sessions, ends, and comes back
  uint32_t stall = 0;          // a node's process is stopped for a while
  uint32_t slow = 0;           // a node is slow for a while
  uint32_t partition = 0;      // a node and the store, or Redis, lose each other for a while
  uint32_t store_away = 0;     // all nodes lose the store for a while
  uint32_t redis_away = 0;     // all nodes lose Redis for a while
  uint32_t redis_flushed = 0;  // Redis forgets everything
  uint32_t redis_late = 0;     // percent of commands to Redis that are long under way
  int64_t clock_skew_ms = 0;   // how far nodes' wall clocks may be off
};

// What one node can reach.
struct Reach {
  bool store = true;
  bool redis = true;
};

}  // namespace mpim::sim
