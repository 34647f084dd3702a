// An envelope to a node: a hint that there is more to read, never the only copy of anything.
#pragma once

#include <functional>
#include <memory>

#include "server/core/envelope.h"

namespace mpim {

using EnvelopePtr = std::shared_ptr<const Envelope>;

// Threads  publish() from any; subscribe() once, before the first publish; `receive` runs on the
//          publisher's thread in one process, on the bus's own in a cluster, and only hands on.
// Order    envelopes published by one thread to one node arrive in order.
class Bus {
 public:
  using Receive = std::function<void(const EnvelopePtr&)>;

  virtual ~Bus() = default;
  virtual void publish(const NodeId& to, EnvelopePtr envelope) = 0;
  virtual void subscribe(const NodeId& self, Receive receive) = 0;
};

}  // namespace mpim
