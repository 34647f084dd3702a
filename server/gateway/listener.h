// Accepts connections for all workers and hands them out in turn.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/gateway/admission.h"
#include "server/loop/event_loop.h"

namespace mpim {

class Gateway;

struct ListenerOptions {
  Door door = Door::kLine;
  Millis dead_peer_timeout{60'000};  // TCP_USER_TIMEOUT and keepalive of what is accepted
  Millis pause{250};                 // without accepting, when no file descriptor is left
  std::shared_ptr<const ArrivalOptions> how = {};  // TLS, and the balancer in front; none: plain
};

// One listening socket, on one loop.
// Threads  open() before the loop starts, or on it; stop() and the destructor on the loop or after
//          it has stopped.
// Limits   above Admission's bound, or with no file descriptor left, a connection is told LIMIT
//          (but where TLS or a PROXY header is expected) and closed. Without descriptors accepting
//          pauses, and is logged once per episode.
// Lifetime the gateways must live until their loops have stopped.
class Listener {
 public:
  // A worker that takes connections: `gateway` lives on `loop`.
  struct Worker {
    EventLoop* loop;
    Gateway* gateway;
  };

  // kBadRequest: not an address. kUnavailable: it is in use.
  static Result<std::unique_ptr<Listener>> open(EventLoop& loop, const std::string& address,
                                                ListenerOptions options, Admission& admission,
                                                std::vector<Worker> workers);
  ~Listener();

  std::string local_address() const;  // "127.0.0.1:43211"
  void stop();                        // closes the listening socket

 private:
  struct Core;
  explicit Listener(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
