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
    const auto [state, added] = states_.try_emplace(each.name, State{each.ok, now});
    if (state->second.ok != each.ok) state->second = {each.ok, now};
    each.lasting = now - state->second.since;
  }
  return seen;
}

}  // namespace mpim
