#include "ops/bench/server_gauges.h"

#include <cstdlib>
#include <optional>

#include "ops/smoke/line_link.h"

namespace mpim::ops {
namespace {

std::optional<double> gauge(const std::string& page, const std::string& name) {
  const size_t at = page.find("\n" + name + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(page.c_str() + at + name.size() + 2, nullptr);
}

}  // namespace

Result<ServerGauges> read_server_gauges(const std::string& http,
                                        std::chrono::milliseconds patience) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  MPIM_TRY(TimedSocket socket, TimedSocket::connect(http, deadline));
  MPIM_CHECKED(
      socket.write("GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n", deadline));
  std::string page;
  while (true) {
    MPIM_TRY(const std::string more, socket.read(deadline));
    if (more.empty()) break;
    page += more;
  }
  const auto resident = gauge(page, "process_resident_memory_bytes");
  const auto cpu = gauge(page, "process_cpu_seconds_total");
  if (!resident || !cpu)
    return Error{Code::kUnavailable, http + "/metrics tells neither memory nor processor time"};
  return ServerGauges{static_cast<uint64_t>(*resident),
                      std::chrono::milliseconds(static_cast<int64_t>(*cpu * 1'000))};
}

}  // namespace mpim::ops
