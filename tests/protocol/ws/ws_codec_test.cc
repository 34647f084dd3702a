#include "server/protocol/ws/ws_codec.h"

#include <catch2/catch.hpp>
#include <deque>

#include "tests/protocol/describe.h"
#include "tests/protocol/ws/client_frames.h"

using namespace mpim;

namespace {

constexpr std::string_view kPing = R"({"type":"ping","id":1})";

std::string handshake(std::string_view more = "") {
  return "GET /ws HTTP/1.1\r\nHost: localhost:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         std::string(more) + "\r\n";
}
constexpr std::string_view kDeflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

// Its limits outlive a codec.
WsCodec codec_of(WsLimits limits = {}) {
  static std::deque<WsLimits> kept;
  return WsCodec(kept.emplace_back(std::move(limits)));
}

std::vector<std::string> said(const std::vector<Incoming>& all) {
  std::vector<std::string> out;
  for (const Incoming& one : all)
    out.push_back(one.ok() ? describe(*one) : std::string(name_of(one.error().code)));
  return out;
}

// All of it at once, after a handshake.
std::vector<std::string> fed(WsCodec& codec, const std::string& bytes) {
  std::vector<Incoming> out;
  REQUIRE(codec.feed(bytes, 1'000, out) == bytes.size());
  return said(out);
}

std::string own_words(WsCodec& codec) {
  std::string out;
  codec.take_own_words(out);
  return out;
}

std::string end_of(const WsCodec& codec, const Error* why = nullptr) {
  std::string out;
  codec.encode_end(why, out);
  return out;
}

WsCodec open_codec(std::string_view more = "") {
  WsCodec codec = codec_of();
  fed(codec, handshake(more));
  REQUIRE(own_words(codec).starts_with("HTTP/1.1 101 "));
  return codec;
}

}  // namespace

TEST_CASE("a handshake is answered once, and texts behind it are requests", "[protocol][ws][G14]") {
  WsCodec codec = codec_of();
  std::string greeting;
  codec.encode_greeting(greeting);
  CHECK(greeting.empty());
  CHECK(fed(codec, handshake() + client_text(kPing) + client_text("no JSON")) ==
        std::vector<std::string>{"PING", "BAD_REQUEST"});
  CHECK(own_words(codec).starts_with("HTTP/1.1 101 "));
  CHECK(own_words(codec).empty());
  CHECK(!codec.over());
  CHECK(!codec.answers_in_order());
}

TEST_CASE("a handshake that is refused is answered, and nothing else is read", "[protocol][ws]") {
  WsCodec codec = codec_of();
  CHECK(fed(codec, "GET /other HTTP/1.1\r\nHost: a\r\n\r\n" + client_text(kPing)).empty());
  CHECK(codec.over());
  CHECK(own_words(codec).starts_with("HTTP/1.1 4"));
  CHECK(end_of(codec).empty());
  CHECK(fed(codec, client_text(kPing)).empty());
}

TEST_CASE("a WebSocket cut into single bytes means what it means at once", "[protocol][ws]") {
  const std::string bytes = handshake() + client_text(kPing) + client_frame(kFin | 9, "there?") +
                            client_text("{}") + client_text(kPing);
  WsCodec codec = codec_of();
  std::vector<Incoming> out;
  std::string own;
  for (const char byte : bytes) {
    REQUIRE(codec.feed({&byte, 1}, 1, out) == 1);
    codec.take_own_words(own);
    CHECK(codec.held_bytes() <= 512);
  }
  CHECK(said(out) == std::vector<std::string>{"PING", "BAD_REQUEST", "PING"});
  CHECK(own.ends_with(std::string("\x8A\x06there?")));
}

TEST_CASE("what is not taken is offered again", "[protocol][ws]") {
  WsCodec codec = open_codec();
  const std::string bytes = client_text(kPing) + client_text(kPing) + client_text(kPing);
  std::vector<Incoming> out;
  CHECK(codec.feed(bytes, 0, out) == 0);
  size_t taken = 0;
  for (size_t count = 1; count <= 3; ++count) {
    taken += codec.feed(std::string_view(bytes).substr(taken), 1, out);
    CHECK(out.size() == count);
    CHECK(taken == bytes.size() / 3 * count);
  }
}

TEST_CASE("what unpacks to much is taken a turn at a time", "[protocol][ws][G50]") {
  WsCodec codec = open_codec(kDeflate);
  const std::string ping = std::string(kPing) + std::string(50'000, ' ');
  const std::string packed = client_frame(kFin | kRsv1 | 1, *ws_deflate(ping, {}));
  REQUIRE(packed.size() < 400);
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += packed;
  std::vector<Incoming> out;
  size_t turns = 0;
  for (std::string_view rest = bytes; !rest.empty(); ++turns)
    rest.remove_prefix(codec.feed(rest, 1'000, out));
  CHECK(turns == 5);  // two of them are more than a turn's share
  CHECK(said(out) == std::vector<std::string>(10, "PING"));
}

TEST_CASE("an answer is one frame and carries the id", "[protocol][ws]") {
  WsCodec codec = open_codec();
  std::vector<Incoming> out;
  codec.feed(client_text(kPing), 1, out);
  std::string answer = "before";
  codec.encode(PongResponse{}, out.at(0).tag, answer);
  const std::string text = R"({"type":"ping_result","id":1,"payload":{}})";
  CHECK(answer == "before\x81" + std::string(1, static_cast<char>(text.size())) + text);
}

TEST_CASE("a binary message ends the connection, and says why", "[protocol][ws]") {
  WsCodec codec = open_codec();
  CHECK(fed(codec, client_frame(kFin | 2, "x") + client_text(kPing)).empty());
  CHECK(codec.over());
  CHECK(end_of(codec).substr(2, 2) == std::string("\x03\xEB", 2));  // 1003
}

TEST_CASE("a close is said back behind what was asked before it", "[protocol][ws]") {
  WsCodec codec = open_codec();
  CHECK(fed(codec, client_text(kPing) + client_frame(kFin | 8, close_payload(1000))) ==
        std::vector<std::string>{"PING", "QUIT"});
  CHECK(codec.over());
  CHECK(own_words(codec).empty());
  std::string answer;
  codec.encode(ByeResponse{}, "close", answer);
  CHECK(answer.empty());
  CHECK(end_of(codec) == std::string("\x88\x02\x03\xE8", 4));
}

TEST_CASE("a frame that cannot be understood ends the connection", "[protocol][ws]") {
  WsCodec codec = open_codec();
  CHECK(fed(codec, std::string("\x81\x02hi", 4)).empty());  // not masked
  CHECK(codec.over());
  CHECK(end_of(codec).substr(2, 2) == std::string("\x03\xEA", 2));  // 1002
}

TEST_CASE("a text of message_bytes_max is read, and one more ends the connection",
          "[protocol][ws]") {
  const auto ends = [](size_t bytes) {
    WsLimits limits;
    limits.message_bytes_max = 300;
    WsCodec codec = codec_of(limits);
    const bool none = fed(codec, handshake() + client_text(std::string(bytes, ' '))).empty();
    CHECK(none == codec.over());
    return codec.over() ? end_of(codec).substr(2, 2) : "";
  };
  CHECK(ends(300).empty());
  CHECK(ends(301) == std::string("\x03\xF1", 2));  // 1009
}

TEST_CASE("what ends the connection is told by its close code", "[protocol][ws]") {
  const WsCodec codec = open_codec();
  const auto code = [&](Code why) {
    const Error error{why, "a sentence"};
    return end_of(codec, &error).substr(2, 2);
  };
  CHECK(end_of(codec).substr(2, 2) == std::string("\x03\xE8", 2));
  CHECK(code(Code::kDraining) == std::string("\x03\xE9", 2));
  CHECK(code(Code::kReplaced) == std::string("\x03\xF0", 2));
  CHECK(code(Code::kBusy) == std::string("\x03\xF5", 2));
  CHECK(code(Code::kInternal) == std::string("\x03\xF3", 2));
}

TEST_CASE("who never shook hands is told in HTTP why he must go", "[protocol][ws]") {
  const WsCodec codec = codec_of();
  const Error late{Code::kNotLoggedIn, "no log-in"};
  const Error draining{Code::kDraining, "going down"};
  CHECK(end_of(codec, &late).starts_with("HTTP/1.1 408 "));
  CHECK(end_of(codec, &draining).starts_with("HTTP/1.1 503 "));
  CHECK(end_of(codec).empty());
}

TEST_CASE("a long push is packed for who can inflate it", "[protocol][ws]") {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(1);
  entry.text = std::string(4'000, 'a');
  const auto first_byte = [&](const WsCodec& codec) {
    std::string out;
    codec.encode_entry(entry, false, out);
    return static_cast<uint8_t>(out.at(0));
  };
  const WsCodec plain = open_codec();
  const WsCodec packed = open_codec(kDeflate);
  CHECK(plain.format() == WireFormat::kWebSocket);
  CHECK(packed.format() == WireFormat::kWebSocketPacked);
  CHECK(first_byte(plain) == 0x81);
  CHECK(first_byte(packed) == 0xC1);
  entry.text = "short";
  CHECK(first_byte(packed) == 0x81);
}

TEST_CASE("a heartbeat is a ping, once there is a WebSocket", "[protocol][ws]") {
  std::string out;
  codec_of().encode_heartbeat(out);
  CHECK(out.empty());
  open_codec().encode_heartbeat(out);
  CHECK(out == std::string("\x89\x00", 2));
}
