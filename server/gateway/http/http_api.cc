#include "server/gateway/http/http_api.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

HttpAnswer tell(const std::vector<HealthCheck>& checks, bool to_operator) {
  const bool ok = std::ranges::all_of(checks, &HealthCheck::ok);
  nlohmann::ordered_json told = {{"status", ok ? "ok" : "degraded"},
                                 {"checks", nlohmann::ordered_json::array()}};
  for (const HealthCheck& check : checks) {
    nlohmann::ordered_json one = {
        {"name", check.name}, {"ok", check.ok}, {"forMs", check.lasting.count()}};
    if (check.degraded) one["degraded"] = true;
    if (to_operator) one["detail"] = check.detail;
    told["checks"].push_back(std::move(one));
  }
  return {static_cast<uint16_t>(ok ? 200 : 503), told.dump() + "\n"};
}

}  // namespace

void add_http_api(HttpServer& server, HealthSource source) {
  server.route(
      HttpMethod::kGet, "/healthz",
      [health = std::move(source.health)](const HttpRequest& request, HttpResponder respond) {
        respond(tell(health(), request.credentials.has_value()));
      });
  server.route(
      HttpMethod::kGet, "/readyz",
      [readiness = std::move(source.readiness)](const HttpRequest& request, HttpResponder respond) {
        respond(tell(readiness(), request.credentials.has_value()));
      });
  server.route(HttpMethod::kGet, "/metrics", [](const HttpRequest&, HttpResponder respond) {
    respond({200, render_metrics(), "text/plain; version=0.0.4; charset=utf-8"});
  });
}

}  // namespace mpim
