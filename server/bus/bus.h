// Envelopes to a node: hints that there is more to read, never the only copies of anything.
#pragma once

#include <functional>
#include <span>

#include "server/core/envelope.h"

namespace mpim {

// Threads  publish() from any; subscribe() once, before the first publish; `receive` runs on the
//          publisher's thread in one process, on the bus's own in a cluster, and only hands on.
// Order    envelopes published by one thread to one node arrive in order.
class Bus {
 public:
  using Receive = std::function<void(std::span<const EnvelopePtr>)>;

  virtual ~Bus() = default;
  virtual void publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) = 0;
  virtual void subscribe(const NodeId& self, Receive receive) = 0;
};

}  // namespace mpim
