#include "server/protocol/ws/ws_handshake.h"

#include <catch2/catch.hpp>

#include "server/protocol/ws/ws_accept_key.h"

namespace mpim {
namespace {

const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string kVersion = "Sec-WebSocket-Version: 13\r\n";
const std::string kUpgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

std::string request(const std::string& lines, const std::string& line = "GET /ws HTTP/1.1") {
  return line + "\r\nHost: chat.example:9001\r\n" + lines + "\r\n";
}
std::string good(const std::string& more = {}) {
  return request(kUpgrade + kVersion + kKey + more);
}

WsHandshake answer(const std::string& bytes, const WsRules& rules = {}) {
  const std::optional<WsHandshake> done = answer_ws_handshake(bytes, rules);
  REQUIRE(done.has_value());
  return *done;
}

TEST_CASE("the RFC's handshake is answered as the RFC does", "[protocol][ws]") {
  CHECK(ws_accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const std::string bytes = good();
  const WsHandshake done = answer(bytes + "\x81");
  CHECK(done.accepted());
  CHECK(done.head_bytes == bytes.size());
  CHECK_FALSE(done.deflate.has_value());
  CHECK(done.answer ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  for (size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(answer_ws_handshake(bytes.substr(0, length), {}).has_value());
}

TEST_CASE("headers are found whatever their case, in lists, in any order", "[protocol][ws]") {
  CHECK(answer(request("upgrade: h2c, WebSocket\r\nCONNECTION: keep-alive, upgrade\r\n" + kKey +
                       kVersion))
            .accepted());
  CHECK(answer("GET /ws?x=1 HTTP/1.1\r\nHost: h\r\n" + kUpgrade + kVersion + kKey + "\r\n")
            .accepted());
}

TEST_CASE("the subprotocol is agreed on, or none, or there is no connection", "[protocol][ws]") {
  const std::string agreed = "Sec-WebSocket-Protocol: mpim.v1\r\n";
  CHECK_THAT(answer(good("Sec-WebSocket-Protocol: mpim.v1\r\n")).answer, Catch::Contains(agreed));
  CHECK_THAT(answer(good("Sec-WebSocket-Protocol: a, mpim.v1\r\n")).answer,
             Catch::Contains(agreed));
  CHECK_THAT(
      answer(good("Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: mpim.v1\r\n")).answer,
      Catch::Contains(agreed));
  CHECK_THAT(answer(good()).answer, !Catch::Contains("Protocol:"));
  const WsHandshake other = answer(good("Sec-WebSocket-Protocol: mpim.v2, MPIM.V1\r\n"));
  CHECK(other.status == 400);
  CHECK(other.why == "the subprotocol here is mpim.v1");
  WsRules none;
  none.subprotocol.clear();
  CHECK_THAT(answer(good("Sec-WebSocket-Protocol: a\r\n"), none).answer,
             !Catch::Contains("Protocol:"));
}

TEST_CASE("compression is agreed on when both want it", "[protocol][ws]") {
  const std::string offer =
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  const WsHandshake done = answer(good(offer));
  CHECK(done.deflate.has_value());
  CHECK_THAT(done.answer,
             Catch::Contains("Sec-WebSocket-Extensions: permessage-deflate; "
                             "server_no_context_takeover; client_no_context_takeover\r\n"));
  const WsHandshake without = answer(good(offer), {.deflate = false});
  CHECK_FALSE(without.deflate.has_value());
  CHECK_THAT(without.answer, !Catch::Contains("Extensions"));
  const WsHandshake declined =
      answer(good("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n"));
  CHECK(declined.accepted());
  CHECK_FALSE(declined.deflate.has_value());
}

TEST_CASE("what is no handshake is refused and told why", "[protocol][ws]") {
  struct Bad {
    std::string bytes;
    uint16_t status;
    std::string why;
  };
  const std::string upgrade = "only a WebSocket is spoken here: Upgrade: websocket is missing";
  const std::string key = "Sec-WebSocket-Key must be 16 bytes in base64";
  const std::string version = "Sec-WebSocket-Version must be 13";
  const std::string rest = kUpgrade + kVersion + kKey;
  for (const Bad& one : std::vector<Bad>{
           {request(rest, "GET / HTTP/1.1"), 404, "there is nothing here; the WebSocket is at /ws"},
           {request(rest, "GET /ws/ HTTP/1.1"), 404,
            "there is nothing here; the WebSocket is at /ws"},
           {request(rest, "POST /ws HTTP/1.1"), 405, "a WebSocket begins with GET"},
           {request(rest, "GET /ws HTTP/1.0"), 505, "a WebSocket begins with HTTP/1.1"},
           {request(rest, "GET /ws HTTP/2.0"), 505, "HTTP/1.1 is spoken here"},
           {request(""), 426, upgrade},
           {request("Upgrade: h2c\r\nConnection: Upgrade\r\n" + kVersion + kKey), 426, upgrade},
           {request("Upgrade: websocket\r\n" + kVersion + kKey), 426, upgrade},
           {request("Connection: Upgrade\r\n" + kVersion + kKey), 426, upgrade},
           {request(kUpgrade + kKey), 426, version},
           {request(kUpgrade + kKey + "Sec-WebSocket-Version: 8\r\n"), 426, version},
           {request(kUpgrade + kKey + "Sec-WebSocket-Version: 13, 8\r\n"), 426, version},
           {request(kUpgrade + kVersion), 400, key},
           {request(kUpgrade + kVersion + "Sec-WebSocket-Key: abc\r\n"), 400, key},
           {request(kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n"), 400,
            key},
           {request(kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n"), 400,
            key},
           {request(kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n"), 400,
            key},
           {good(kKey), 400, "a header comes twice: sec-websocket-key"},
           {good("Content-Length: 1\r\n"), 400, "a request for a WebSocket has no body"},
           {good("Transfer-Encoding: chunked\r\n"), 400, "a request for a WebSocket has no body"},
           {"\x16\x03\x01\x02", 400, "a head has a control character"},
           {"GET /ws HTTP/1.1\n", 400, "a line of a request ends in CR and LF, not in LF alone"},
           {"LOGIN ann secret\r\n\r\n", 400,
            "a request begins with its method, its target and HTTP/1.1"},
       }) {
    const WsHandshake done = answer(one.bytes);
    INFO(one.bytes);
    CHECK(done.status == one.status);
    CHECK(done.why == one.why);
    CHECK_THAT(done.answer, Catch::StartsWith("HTTP/1.1 " + std::to_string(one.status) + " "));
    CHECK_THAT(done.answer, Catch::Contains("\"message\":\"" + one.why + "\"}"));
    CHECK_FALSE(done.accepted());
  }
  CHECK_THAT(answer(request("")).answer, Catch::Contains("\r\nUpgrade: websocket\r\n") &&
                                             Catch::Contains("\r\nSec-WebSocket-Version: 13\r\n"));
  CHECK_THAT(answer(request(rest, "PUT /ws HTTP/1.1")).answer,
             Catch::Contains("\r\nAllow: GET\r\n"));
}

TEST_CASE("a head over its bound is refused before it ends", "[protocol][ws]") {
  const std::string bytes = good();
  CHECK(answer(bytes, {.head_bytes_max = static_cast<uint32_t>(bytes.size())}).accepted());
  CHECK(answer(bytes, {.head_bytes_max = static_cast<uint32_t>(bytes.size() - 1)}).status == 431);
  CHECK(answer(std::string(101, 'x'), {.head_bytes_max = 100}).status == 431);
}

TEST_CASE("pages connect from where they are allowed", "[protocol][ws]") {
  const auto status = [](const std::string& origin, const std::vector<std::string>& origins) {
    WsRules rules;
    rules.origins = origins;
    return answer(good("Origin: " + origin + "\r\n"), rules).status;
  };
  // None are named: pages of the same host.
  CHECK(status("http://chat.example:9001", {}) == 101);
  CHECK(status("https://CHAT.example", {}) == 101);
  CHECK(status("http://chat.example:8080", {}) == 101);
  for (const std::string other : {"http://chat.example.evil", "http://evil", "null", "chat.example",
                                  "http://evil/chat.example", "http://xchat.example", "http://"})
    CHECK(status(other, {}) == 403);
  const std::vector<std::string> named{"https://a.example", "https://b.example:8443"};
  CHECK(status("https://a.example", named) == 101);
  CHECK(status("https://B.example:8443", named) == 101);
  for (const std::string other : {"http://a.example", "https://a.example:1", "https://chat.example",
                                  "http://chat.example:9001", "null"})
    CHECK(status(other, named) == 403);
  CHECK(status("http://evil", {"*"}) == 101);
  CHECK(answer(good(), {.origins = named}).accepted());  // no page
  CHECK(answer(good("Origin: http://evil\r\n")).why == "pages of this origin may not connect");
  CHECK(answer(good("Origin: http://a\r\nOrigin: http://b\r\n")).status == 400);
  CHECK(ws_origin_allowed("http://[::1]:8080", "[::1]:9001", {}));
  CHECK(ws_origin_allowed("http://[::1]", "[::1]", {}));
  CHECK_FALSE(ws_origin_allowed("http://[::2]", "[::1]", {}));
}

}  // namespace
}  // namespace mpim
