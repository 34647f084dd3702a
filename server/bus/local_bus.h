// The bus of a single node: an envelope never leaves the process.
#pragma once

#include "server/bus/bus.h"

namespace mpim {

// Threads  publish() from any, once subscribe() has returned; `receive` runs on the publisher's
//          thread.
// Errors   an envelope for another node, or before anybody subscribed, is dropped and counted.
class LocalBus final : public Bus {
 public:
  void publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) override;
  void subscribe(const NodeId& self, Receive receive) override;

 private:
  NodeId self_;
  Receive receive_;
};

}  // namespace mpim
