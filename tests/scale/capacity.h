// From what a message, a connection and a key cost to how many machines a crowd needs.
#pragma once

#include "tests/scale/traffic.h"

namespace mpim::scale {

// Measured on one core each, the poorer of several runs; docs/scale.md names where each comes from.
// `use` is the share of what was measured that a plan counts on.
struct Costs {
  double direct_cpu_s = 32e-6;         // of mpimd, for one message between two, sent and delivered
  double delivery_cpu_s = 2.7e-6;      // of mpimd, for one member of a group
  double log_in_cpu_s = 151e-6;        // of mpimd, with a resume token
  double idle_cpu_s = 0.167e-6;        // of mpimd, a second of one silent connection
  double connection_kib = 2.2 + 3.7;   // of mpimd, and of the kernel
  double redis_publishes_s = 480'000;  // pipelined, one listener
  double redis_keys_s = 540'000;       // pipelined: the slowest of reading, renewing, writing
  double route_bytes = 149;
  double rows_s = 110'000;     // of MariaDB, in transactions of a hundred messages, each synced
  double message_bytes = 510;  // on disk, with its client id and indexes
  double use = 0.3;
};

// What a crowd needs.
struct Capacity {
  Traffic traffic;
  Rates rates;
  double messages = 0;    // a second
  double deliveries = 0;  // a second, to devices other than the sender's
  double cores = 0;       // of mpimd
  double node_gib = 0;    // memory for its connections
  double redis_shards = 0;
  double redis_gib = 0;  // of routes
  double rows = 0;       // a second, written to the database
  double mysql_shards = 0;
  double gb_a_day = 0;
};

// With so many online and so many connections to a node.
Capacity capacity(uint32_t users, uint32_t users_a_node, GroupRouting routing,
                  const Costs& costs = {});

}  // namespace mpim::scale
