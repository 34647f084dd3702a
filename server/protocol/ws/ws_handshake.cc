#include "server/protocol/ws/ws_handshake.h"

#include <algorithm>

#include "server/core/errors.h"
#include "server/protocol/http/http_head.h"
#include "server/protocol/http/http_syntax.h"
#include "server/protocol/json_text.h"
#include "server/protocol/ws/ws_accept_key.h"

namespace mpim {
namespace {

constexpr std::string_view kVersion = "13";

struct Refusal {
  uint16_t status;
  std::string_view reason;
  Code code;
  std::string_view headers;  // besides
};
constexpr Refusal kBad{400, "Bad Request", Code::kBadRequest, ""};
constexpr Refusal kOrigin{403, "Forbidden", Code::kDenied, ""};
constexpr Refusal kPath{404, "Not Found", Code::kNotFound, ""};
constexpr Refusal kMethod{405, "Method Not Allowed", Code::kBadRequest, "Allow: GET\r\n"};
constexpr Refusal kUpgrade{426, "Upgrade Required", Code::kVersion,
                           "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};
constexpr Refusal kTooLong{431, "Request Header Fields Too Large", Code::kTooLarge, ""};
constexpr Refusal kHttpVersion{505, "HTTP Version Not Supported", Code::kVersion, ""};

constexpr Refusal kTooSlow{408, "Request Timeout", Code::kNotLoggedIn, ""};

WsHandshake refuse(const Refusal& as, std::string why) {
  std::string body = "{\"code\":\"" + std::string(name_of(as.code)) + "\",\"message\":";
  append_json_string(body, why);
  body += "}\n";
  WsHandshake refused;
  refused.status = as.status;
  refused.why = std::move(why);
  refused.answer = "HTTP/1.1 " + std::to_string(as.status) + " ";
  refused.answer.append(as.reason).append("\r\n").append(as.headers);
  const bool upgrade = as.status == kUpgrade.status;
  refused.answer.append(upgrade ? "Connection: Upgrade, close\r\n" : "Connection: close\r\n");
  refused.answer += "Content-Type: application/json\r\nContent-Length: ";
  refused.answer += std::to_string(body.size()) + "\r\n\r\n" + body;
  return refused;
}

WsHandshake refuse_head(const Error& why) {
  const uint16_t status = http_status_of_head(why);
  const bool too_long = status == kTooLong.status;
  return refuse(too_long                        ? kTooLong
                : status == kHttpVersion.status ? kHttpVersion
                                                : kBad,
                why.message);
}

// A host without its port.
std::string_view name_in(std::string_view host) {
  const size_t port = host.rfind(':');
  const bool v6 = port != host.npos && host.find(']', port) != host.npos;
  return port == host.npos || v6 ? host : host.substr(0, port);
}

// Answers why there is no WebSocket for this request; none: there is one.
std::optional<WsHandshake> refusal_of(const HttpHead& head, const WsRules& rules) {
  if (head.path != rules.path)
    return refuse(kPath, "there is nothing here; the WebSocket is at " + rules.path);
  if (head.method != "GET") return refuse(kMethod, "a WebSocket begins with GET");
  if (head.minor == 0) return refuse(kHttpVersion, "a WebSocket begins with HTTP/1.1");
  if (!list_has(head.header("upgrade"), "websocket") ||
      !list_has(head.header("connection"), "upgrade"))
    return refuse(kUpgrade, "only a WebSocket is spoken here: Upgrade: websocket is missing");
  if (head.header("sec-websocket-version") != kVersion)
    return refuse(kUpgrade, "Sec-WebSocket-Version must be 13");
  if (!is_ws_key(head.header("sec-websocket-key")))
    return refuse(kBad, "Sec-WebSocket-Key must be 16 bytes in base64");
  if (head.chunked() || head.content_length().value_or(0) > 0)
    return refuse(kBad, "a request for a WebSocket has no body");
  if (!ws_origin_allowed(head.header("origin"), head.header("host"), rules))
    return refuse(kOrigin, "pages of this origin may not connect");
  const std::string_view protocols = head.header("sec-websocket-protocol");
  if (!rules.subprotocol.empty() && !protocols.empty()) {
    std::string_view left = protocols;
    while (const std::optional<std::string_view> one = take_list_element(left))
      if (*one == rules.subprotocol) return std::nullopt;
    return refuse(kBad, "the subprotocol here is " + rules.subprotocol);
  }
  return std::nullopt;
}

WsHandshake accept(const HttpHead& head, const WsRules& rules) {
  WsHandshake accepted;
  accepted.answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
  accepted.answer += ws_accept_key(head.header("sec-websocket-key")) + "\r\n";
  if (!rules.subprotocol.empty() && !head.header("sec-websocket-protocol").empty())
    accepted.answer += "Sec-WebSocket-Protocol: " + rules.subprotocol + "\r\n";
  if (rules.deflate) {
    if (auto agreed = answer_deflate_offers(head.header("sec-websocket-extensions"))) {
      accepted.answer += "Sec-WebSocket-Extensions: " + agreed->extension + "\r\n";
      accepted.deflate = agreed->agreed;
    }
  }
  accepted.answer += "\r\n";
  return accepted;
}

}  // namespace

bool ws_origin_allowed(std::string_view origin, std::string_view host, const WsRules& rules) {
  if (origin.empty()) return true;
  const auto listed = [&](const std::string& one) {
    return one == "*" || same_but_for_case(one, origin);
  };
  if (!rules.origins.empty()) return std::ranges::any_of(rules.origins, listed);
  const size_t scheme = origin.find("://");
  return scheme != origin.npos &&
         same_but_for_case(name_in(origin.substr(scheme + 3)), name_in(host));
}

std::optional<WsHandshake> answer_ws_handshake(std::string_view bytes, const WsRules& rules) {
  const size_t came = bytes.size();
  const Result<std::optional<HttpHead>> head = take_http_head(bytes, rules.head_bytes_max);
  if (!head.ok()) return refuse_head(head.error());
  if (!head->has_value()) return std::nullopt;
  std::optional<WsHandshake> refused = refusal_of(**head, rules);
  WsHandshake done = refused ? std::move(*refused) : accept(**head, rules);
  done.head_bytes = came - bytes.size();
  return done;
}

std::string ws_refusal(const Error& why) {
  if (why.code == Code::kNotLoggedIn) return refuse(kTooSlow, why.message).answer;
  return refuse({503, "Service Unavailable", why.code, ""}, why.message).answer;
}

}  // namespace mpim
