#include "server/bus/local_bus.h"

#include "server/telemetry/metrics.h"

namespace mpim {

void LocalBus::publish(const NodeId& to, EnvelopePtr envelope) {
  if (receive_ && to == self_) return receive_(envelope);
  count(Counter::kBusDropped);
}

void LocalBus::subscribe(const NodeId& self, Receive receive) {
  self_ = self;
  receive_ = std::move(receive);
}

}  // namespace mpim
