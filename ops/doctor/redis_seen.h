// A Redis, as whoever diagnoses a deployment sees it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/redis/redis_link.h"

namespace mpim::ops {

// What it says of itself, and what it refuses.
struct RedisSeen {
  std::string address;  // without its password
  std::string version;  // "7.0.15"
  double round_trip_ms = 0;
  bool replica = false;
  std::string policy;                // maxmemory-policy: "noeviction"
  uint64_t bytes_max = 0;            // maxmemory; 0: none
  bool keeps = false;                // an append-only file
  std::vector<std::string> refused;  // of what a node asks of it, why each is
};

// Asks what a node asks, on keys that no node has and that are gone afterwards.
// Time     RedisOptions' time-outs, twice at most.
// Errors   those of RedisLink: it is away, or refuses the log-in.
Result<RedisSeen> redis_seen(const RedisOptions& options);

}  // namespace mpim::ops
