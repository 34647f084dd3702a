#include "server/node/health_watch.h"

namespace mpim {

void HealthWatch::start() {
  check();
  home_.after(kEvery, [this] { start(); });
}

std::vector<HealthCheck> HealthWatch::check() {
  const Instant now = home_.clock().steady();
  std::vector<HealthCheck> seen = look_();
  for (HealthCheck& each : seen) {
    const auto [state, added] = states_.try_emplace(each.name, State{each.ok, each.degraded, now});
    State& was = state->second;
    if (was.ok != each.ok || was.degraded != each.degraded) was = {each.ok, each.degraded, now};
    each.lasting = now - was.since;
  }
  return seen;
}

}  // namespace mpim
