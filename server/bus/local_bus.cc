#include "server/bus/local_bus.h"

#include "server/telemetry/metrics.h"

namespace mpim {

void LocalBus::publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) {
  if (receive_ && to == self_) return receive_(envelopes);
  count(Counter::kBusDropped, envelopes.size());
}

void LocalBus::subscribe(const NodeId& self, Receive receive) {
  self_ = self;
  receive_ = std::move(receive);
}

}  // namespace mpim
