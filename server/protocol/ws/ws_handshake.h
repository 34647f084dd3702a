// How a WebSocket connection begins (RFC 6455, 4.2): an HTTP request in, the answer out.
//
// Threads  any: functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"
#include "server/protocol/ws/ws_deflate.h"

namespace mpim {

// To whom a connection is given.
struct WsRules {
  std::string path = "/ws";
  // Of pages that may connect, as browsers send them: https://chat.example. Empty: pages of the
  // host that is connected to, whatever their port. "*": all. A client that sends none is no page.
  std::vector<std::string> origins{};
  // What a client may ask for; one that asks only for others is refused. Empty: none is ever
  // agreed.
  std::string subprotocol = "mpim.v1";
  bool deflate = true;
  uint32_t head_bytes_max = 8'192;
};

struct WsHandshake {
  uint16_t status = 101;  // else it was refused: send the answer, and close
  std::string why;        // it was refused, for a person
  std::string answer;     // to be sent, whole
  size_t head_bytes = 0;  // the request's: frames follow
  std::optional<WsDeflate> deflate;
  bool accepted() const { return status == 101; }
};

// Reads the request at the front of `bytes`; none: it is not complete. Refused with 400 (no
// handshake, a broken head, an unknown subprotocol), 403 (origin), 404 (path), 405 (not GET), 426
// (no upgrade, or another version than 13), 431 (longer than it may be) or 505.
std::optional<WsHandshake> answer_ws_handshake(std::string_view bytes, const WsRules& rules);

// What is said, whole, to who never shook hands and must go: 408 where he was too slow
// (kNotLoggedIn), else 503.
std::string ws_refusal(const Error& why);

// Whether a page of `origin` may connect to `host`.
bool ws_origin_allowed(std::string_view origin, std::string_view host, const WsRules& rules);

}  // namespace mpim
