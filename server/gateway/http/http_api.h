// What every node answers over HTTP from its first day: health and metrics.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/gateway/http/http_server.h"

namespace mpim {

struct HealthCheck {
  std::string name;  // "store"
  bool ok = true;
  std::string detail;     // what is wrong, or what was seen
  Millis lasting{0};      // how long it has been so, as far as anybody looked
  bool degraded = false;  // it works, but with less than usual
};

// Both run on the HTTP loop and must not block. `health`: does the node work? `readiness`: should a
// balancer send it clients (no while it starts or drains)?
struct HealthSource {
  std::function<std::vector<HealthCheck>()> health;
  std::function<std::vector<HealthCheck>()> readiness;
};

// Adds GET /healthz and /readyz (JSON: each check, its state and how long it has been so; on a Unix
// socket, where an operator asks, also what was seen; 200, or 503 when one fails) and GET /metrics
// (Prometheus text).
void add_http_api(HttpServer& server, HealthSource source);

}  // namespace mpim
