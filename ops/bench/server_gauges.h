// What the server says of itself at /metrics: how much memory it holds, how much it has computed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "server/core/result.h"

namespace mpim::ops {

struct ServerGauges {
  uint64_t resident_bytes = 0;
  std::chrono::milliseconds cpu{0};  // user and system, since it started
};

// kUnavailable: nothing answers there, or the answer has no such figures.
Result<ServerGauges> read_server_gauges(const std::string& http,
                                        std::chrono::milliseconds patience);

}  // namespace mpim::ops
