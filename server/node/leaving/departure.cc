#include "server/node/leaving/departure.h"

#include "server/telemetry/log.h"

namespace mpim {

void Departure::obey(NodeState wanted) {
  if (leaving_ == (wanted == NodeState::kDraining)) return;
  if (leaving_) return take_back();
  begin();
}

void Departure::begin() {
  leaving_ = true;
  waiting_ = workers_.size();
  log_info("node.leaving", {{"window_ms", window_.count()}});
  live_.set_draining(true);
  registry_.set_state(NodeState::kDraining);
  doors_.close();
  const auto told = [this, turn = ++turn_] {
    home_.post([this, turn] {
      if (turn != turn_ || !leaving_ || --waiting_ > 0) return;
      if (end_) std::exchange(end_, {})();
    });
  };
  for (const auto& worker : workers_)
    worker->loop().post(
        [gateway = &worker->gateway(), window = window_, told] { gateway->release(window, told); });
}

void Departure::take_back() {
  if (!end_) return;  // too late
  if (const Result<void> opened = doors_.open(); !opened.ok())
    return log_warn("node.cannot_stay", {{"why", opened.error().message}});
  leaving_ = false;
  log_info("node.stays");
  for (const auto& worker : workers_)
    worker->loop().post([gateway = &worker->gateway()] { gateway->keep(); });
  live_.set_draining(false);
  registry_.set_state(NodeState::kActive);
}

}  // namespace mpim
