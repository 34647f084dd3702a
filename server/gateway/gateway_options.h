// The bounds of a gateway. The node fills them from its settings.
#pragma once

#include <cstdint>

#include "server/core/clock.h"
#include "server/core/limits.h"
#include "server/protocol/ws/ws_codec.h"
#include "server/service/rate_limit.h"

namespace mpim {

// What bounds one worker's connections.
struct GatewayOptions {
  uint32_t line_bytes_max = kLineBytes.standard;      // one request line, without its LF
  uint32_t text_bytes_max = kTextBytes.standard;      // a message's text, decoded
  uint32_t ext_bytes_max = kExtBytes.standard;        // the JSON that goes with it
  uint32_t pipelined_max = kPipelined.standard;       // requests of one connection not yet answered
  uint32_t output_bytes_max = kOutputBytes.standard;  // above it no live pushes and no new requests
  Millis login_timeout{10'000};                       // from connecting to logging in
  Rate requests{};       // of one connection, but for messages and acknowledgements
  WsLimits ws = {};      // of the WebSocket's door; the limits of texts above hold there too
  Millis linger{2'000};  // how long a connection that closes waits for its peer to take the rest
  Millis drain_spread{5'000};     // over which the clients of a node that ends may come back
  Millis heartbeat{30'000};       // between two questions whether a WebSocket's client is there
  uint32_t silent_beats_max = 2;  // unanswered ones, then the connection is closed
};

}  // namespace mpim
