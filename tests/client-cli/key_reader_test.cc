#include <catch2/catch.hpp>

#include "client-cli/terminal/key_reader.h"

namespace mpim::chat {
namespace {

using Kind = Key::Kind;

Key text(std::string typed) { return {Kind::kText, std::move(typed)}; }

}  // namespace

TEST_CASE("keys are read from bytes in any pieces", "[client-cli]") {
  const std::string bytes =
      "a\xe4\xbd\xa0\x1b[D\x1b[1;5C\x1bOH\x7f\r\x03\x1b"
      "b\x1b[200~x\ry\x1b[201~z";
  const std::vector<Key> expected{text("a"),          text("你"),
                                  {Kind::kLeft, {}},  {Kind::kWordRight, {}},
                                  {Kind::kHome, {}},  {Kind::kBackspace, {}},
                                  {Kind::kEnter, {}}, {Kind::kControl, "c"},
                                  {Kind::kAlt, "b"},  {Kind::kPaste, "x\ny"},
                                  text("z")};
  KeyReader at_once;
  CHECK(at_once.feed(bytes) == expected);
  KeyReader by_byte;
  std::vector<Key> keys;
  for (const char byte : bytes)
    for (Key& key : by_byte.feed({&byte, 1})) keys.push_back(std::move(key));
  CHECK(keys == expected);
}

TEST_CASE("what was pasted sends nothing and steers nothing", "[client-cli]") {
  KeyReader reader;
  const auto keys = reader.feed("\x1b[200~one\r\ntwo\tx\x07\x1b[2J\r\n\x1b[201~");
  REQUIRE(keys.size() == 1);
  CHECK(keys.front() == Key{Kind::kPaste, "one\ntwo x[2J"});
}

TEST_CASE("an unknown sequence is dropped whole", "[client-cli]") {
  KeyReader reader;
  CHECK(reader.feed("\x1b[99;99ux") == std::vector<Key>{text("x")});
  CHECK(reader.feed("\xff"
                    "y") == std::vector<Key>{text("y")});
}

}  // namespace mpim::chat
