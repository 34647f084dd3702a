// One worker's connections.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/core/executor.h"
#include "server/core/session_mode.h"
#include "server/gateway/admission.h"
#include "server/gateway/gateway_options.h"
#include "server/gateway/worker_services.h"
#include "server/session/session.h"

namespace mpim {

class Dispatcher;

// A session as operators see it.
struct SessionRow {
  SessionId id;
  SessionIdentity who;
  std::string peer;  // address:port
  std::string_view protocol;
  AckMode ack = AckMode::kAuto;
  SyncMode sync = SyncMode::kAuto;
  uint32_t in_flight = 0;
  bool behind = false;
  Timestamp since;
};

// Owns the connections of one worker; each lives and dies there.
// Threads  made before its loop starts, destroyed after it has stopped or on it; everything else on
//          the loop.
// Limits   GatewayOptions.
// Lifetime the services must outlive it: it ends the sessions it still has.
class Gateway {
 public:
  Gateway(const WorkerServices& services, const GatewayOptions& options);
  // Answers come from elsewhere: for tests of connections alone. `dispatcher` outlives the gateway.
  Gateway(EventLoop& loop, Dispatcher& dispatcher, const GatewayOptions& options);
  ~Gateway();

  void adopt(Accepted accepted);
  // What requests of each connection, those that are here too, are held against from now on.
  void follow(Rate requests);

  // Lets clients go: reads no new requests, answers those that were accepted, tells everybody
  // `NOTICE kind=closing code=DRAINING window_ms=<drain_spread>`, flushes and closes. `done` runs
  // once, when no connection is left or `time_out` is over (then the rest is cut). Connections
  // adopted meanwhile are refused.
  void drain(Millis time_out, Task done);

  // Lets the clients that are here go as drain() does, but one after another, evenly over `window`,
  // each with the time until the next one goes as its own `window_ms`;
  // those whose turn has not come are served as before. `done` runs once, when all have been told.
  void release(Millis window, Task done);
  // Ends a release(), whose `done` is not called any more: who is still here stays.
  void keep();

  // Does now what the end of this turn of the loop will: sends what is queued everywhere, and
  // starts what was waiting for it.
  void send_queued();

  size_t connections() const;
  std::vector<SessionRow> sessions() const;  // ascending by id

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
