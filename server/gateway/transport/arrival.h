// What happens between accepting a connection and the first byte of its protocol: the balancer says
// whom it speaks for, then TLS is agreed on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "server/core/clock.h"
#include "server/core/unique_function.h"
#include "server/gateway/transport/net_list.h"
#include "server/gateway/transport/transport.h"
#include "server/telemetry/rare_warning.h"

namespace mpim {

class EventLoop;

// How connections come to a listener. None: as they are.
struct ArrivalOptions {
  std::shared_ptr<const TlsContext> tls = {};  // none: plain
  // From where a PROXY header must come; none: nobody may send one.
  std::shared_ptr<const NetList> proxy_from = {};
  Millis proxy_timeout{3'000};
  Millis handshake_timeout{10'000};
};

// The connections of one loop that have not arrived yet.
// Threads  the loop's.
// Limits   the header must have come within proxy_timeout, and the handshake have ended within
//          handshake_timeout after it; one who is late, or says something else, is cut without a
//          word: he would not understand one.
// Lifetime whoever waits is cut when this goes.
class Arrivals {
 public:
  // The connection, and "address:port" of who is at its other end.
  using Arrived = UniqueFunction<void(Transport, std::string)>;

  explicit Arrivals(EventLoop& loop);
  ~Arrivals();

  // Calls `arrived`, at once where there is nothing to wait for, or never: then it is destroyed
  // when the connection has failed. No `how`: nothing to wait for.
  void receive(UniqueFd socket, std::string peer, std::shared_ptr<const ArrivalOptions> how,
               Arrived arrived);
  size_t waiting() const { return waiting_.size(); }
  // Makes room: cuts who has been on his way for the longest. False: nobody is.
  bool cut_oldest();
  void cut_all();

 private:
  class One;
  EventLoop& loop_;
  uint64_t received_ = 0;
  std::map<uint64_t, std::shared_ptr<One>> waiting_;  // by the order in which they came
  RareWarning refused_ = {};
};

}  // namespace mpim
