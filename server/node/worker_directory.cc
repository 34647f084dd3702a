#include "server/node/worker_directory.h"

namespace mpim {

void WorkerDirectory::bind(UserId user, Timestamp now) {
  ++counters_[user.value % kCounters];
  ++sessions_;
  node_.bind(user, now);
}

void WorkerDirectory::unbind(UserId user) {
  node_.unbind(user);
  --sessions_;
  --counters_[user.value % kCounters];
}

bool WorkerDirectory::maybe_here(UserId user) const {
  return counters_[user.value % kCounters] > 0;
}

bool WorkerDirectory::maybe_here(const Audience& audience) const {
  if (audience.direct()) return maybe_here(audience.one) || maybe_here(audience.other);
  return sessions_ > 0;
}

bool WorkerDirectory::concerns(const Envelope& envelope) const {
  return std::visit(
      [this](const auto& told) {
        if constexpr (requires { told.audience; }) {
          return maybe_here(told.audience);
        } else if constexpr (requires { told.signal.state; }) {
          return sessions_ > 0;  // who watches whom, the hub knows
        } else if constexpr (requires { told.ticket; }) {
          return false;  // between nodes
        } else {
          return maybe_here(told.user);
        }
      },
      envelope);
}

}  // namespace mpim
