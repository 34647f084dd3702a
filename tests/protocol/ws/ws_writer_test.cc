#include "server/protocol/ws/ws_writer.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

using namespace std::string_literals;

// What one of them appends to nothing.
template <class Append, class... Rest>
std::string written(Append append, const Rest&... rest) {
  std::string out;
  append(rest..., out);
  return out;
}

TEST_CASE("a frame says its length in the shortest form", "[protocol][ws]") {
  const auto head = [](size_t bytes) {
    return std::string(WsHead(WsOpcode::kText, bytes).bytes());
  };
  CHECK(head(0) == "\x81\0"s);
  CHECK(head(125) == "\x81\x7d"s);
  CHECK(head(126) == "\x81\x7e\0\x7e"s);
  CHECK(head(65'535) == "\x81\x7e\xff\xff"s);
  CHECK(head(65'536) == "\x81\x7f\0\0\0\0\0\x01\0\0"s);
  CHECK(WsHead(WsOpcode::kBinary, 1, true).bytes() == "\xc2\x01");
}

TEST_CASE("frames are appended", "[protocol][ws]") {
  std::string out = "before ";
  ws_append_text("Hello", out);
  CHECK(out == "before \x81\x05Hello");
  CHECK(written(ws_append_binary, "ab") ==
        "\x82\x02"
        "ab");
  CHECK(written(ws_append_ping, "p") == "\x89\x01p");
  CHECK(written(ws_append_pong, "") == "\x8a\0"s);
  CHECK(written(ws_append_pong, std::string(126, 'x')).size() == 2 + 125);
}

TEST_CASE("a close has its code, and as much of the reason as fits", "[protocol][ws]") {
  CHECK(written(ws_append_close, WsClose::kNormal, "bye") ==
        "\x88\x05\x03\xe8"
        "bye");
  CHECK(written(ws_append_close, WsClose::kNoCode, "bye") == "\x88\0"s);
  CHECK(written(ws_append_close, WsClose::kNormal, std::string(123, 'x')).size() == 127);
  CHECK(written(ws_append_close, WsClose::kNormal, std::string(124, 'x')).size() == 127);
  // Three bytes a character: 41 of them and no part of another.
  std::string reason;
  for (int i = 0; i < 50; ++i) reason += "\xe4\xbd\xa0";
  CHECK(written(ws_append_close, WsClose::kNormal, "x" + reason).size() == 4 + 1 + 120);
}

TEST_CASE("a text is compressed when it is long enough and gets shorter", "[protocol][ws]") {
  const std::string text(200, 'x');
  std::string out;
  ws_append_text_deflated(text, {}, 200, out);
  CHECK(out == written(ws_append_text, text));
  out.clear();
  ws_append_text_deflated(text, {}, 199, out);
  CHECK(out.size() < 30);
  CHECK(out.front() == '\xc1');
  out.clear();
  ws_append_text_deflated("abc", {}, 0, out);
  CHECK(out == written(ws_append_text, "abc"));
}

}  // namespace
}  // namespace mpim
