#include "server/protocol/line_codec.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/protocol/describe.h"

using namespace mpim;

namespace {

constexpr LineLimits kSmall{.line_bytes_max = 64, .text_bytes_max = 32};

std::string said(const Parsed& parsed) {
  if (parsed.ok()) return describe(*parsed);
  return std::string(name_of(parsed.error().code)) + ": " + parsed.error().message;
}

std::vector<std::string> said(const std::vector<Incoming>& all) {
  std::vector<std::string> out;
  for (const Parsed& one : all) out.push_back(said(one));
  return out;
}

std::vector<std::string> fed(std::string_view bytes, LineLimits limits = kSmall) {
  LineCodec codec(limits);
  std::vector<Incoming> out;
  REQUIRE(codec.feed(bytes, out) == bytes.size());
  return said(out);
}

std::string stream() {
  return "PING\nSEND 1002 hello\r\n\n  \nNOPE\nSEND 1002 " + std::string(33, 't') + "\n" +
         std::string(64, 'x') + "\r\n" + std::string(65, 'x') + "\r\n" + std::string(65, 'x') +
         "\n" + std::string(64, 'x') + "\r\r\n" + std::string(500, 'y') +
         "\nSEND 1002 \"a \\u00e9\" cid=1\n" + "SEND 1002 \xFF\nPING\r\nACK *\n" +
         std::string(300, ' ') + "\nQUIT\n";
}

}  // namespace

TEST_CASE("requests of one packet come out in their order, one outcome each", "[protocol][G1]") {
  CHECK(fed("PING\nSEND 1002 hi\nSEND x hi\nQUIT\n") ==
        std::vector<std::string>{
            "PING", "SEND to=user:1002 type=text text=\"hi\"",
            "BAD_REQUEST: user id 'x' is not a number; usage: SEND <uid>|@<name> <text> "
            "[cid=<client id>] [type=text|image|file|voice] [file=<id>] [ts=<ms>] [ext=<json>]",
            "QUIT"});
}

TEST_CASE("CR LF ends a line as LF does", "[protocol]") {
  CHECK(fed("PING\r\nGROUPS\r\n") == std::vector<std::string>{"PING", "GROUPS"});
}

TEST_CASE("blank lines are passed over", "[protocol]") {
  CHECK(fed("\n\r\n  \n\t\r\nPING\n\n") == std::vector<std::string>{"PING"});
}

TEST_CASE("bytes one by one mean what they mean at once", "[protocol][G1]") {
  const std::string bytes = stream();
  const auto at_once = fed(bytes);
  REQUIRE(at_once.size() == 15);
  LineCodec codec(kSmall);
  std::vector<Incoming> out;
  for (const char byte : bytes) REQUIRE(codec.feed(std::string_view(&byte, 1), out) == 1);
  CHECK(said(out) == at_once);
}

TEST_CASE("bytes in any pieces mean what they mean at once", "[protocol][G1]") {
  const std::string bytes = stream();
  const auto at_once = fed(bytes);
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    LineCodec codec(kSmall);
    std::vector<Incoming> out;
    for (size_t at = 0; at < bytes.size();) {
      const size_t count_max = 1 + random() % 3;
      const size_t before = out.size();
      at += codec.feed(std::string_view(bytes).substr(at, 1 + random() % 90), count_max, out);
      REQUIRE(out.size() - before <= count_max);
    }
    CAPTURE(seed);
    REQUIRE(said(out) == at_once);
  }
}

TEST_CASE("feed stops at the count it is given and goes on from there", "[protocol]") {
  LineCodec codec(kSmall);
  std::vector<Incoming> out;
  const std::string_view bytes = "PING\nGROUPS\nQUIT\nPI";
  CHECK(codec.feed(bytes, 0, out) == 0);
  CHECK(codec.feed(bytes, 2, out) == 12);
  CHECK(said(out) == std::vector<std::string>{"PING", "GROUPS"});
  CHECK(codec.feed(bytes.substr(12), 2, out) == bytes.size() - 12);  // the unfinished end is kept
  codec.feed("NG\n", out);
  CHECK(said(out) == std::vector<std::string>{"PING", "GROUPS", "QUIT", "PING"});
}

TEST_CASE("a line of exactly the limit is read, one byte more is TOO_LARGE", "[protocol][G42]") {
  const std::string verb = "SEND 1002 ";
  const LineLimits limits{.line_bytes_max = 64, .text_bytes_max = 64};
  const std::string fits = verb + std::string(64 - verb.size(), 't');
  const std::vector<std::string> too_large{
      "TOO_LARGE: the line is over 64 bytes (line.bytes_max) and was skipped"};
  const std::string end = GENERATE(std::string("\n"), std::string("\r\n"));
  CHECK(fed(fits + end, limits).front().starts_with("SEND to=user:1002"));
  CHECK(fed(fits + "t" + end, limits) == too_large);
}

TEST_CASE("a text of the limit is read, one byte more is TOO_LARGE with both sizes",
          "[protocol][G42]") {
  const LineLimits standard;
  const auto one = [&](size_t size) {
    return fed("SEND 1002 " + std::string(size, 't') + "\n", standard).front();
  };
  const auto quoted = [&](size_t size) {
    return fed("SEND 1002 \"" + std::string(size, 't') + "\"\n", standard).front();
  };
  CHECK(one(4096).starts_with("SEND to="));
  CHECK(quoted(4096).starts_with("SEND to="));
  const std::string refused =
      "TOO_LARGE: text is 4097 bytes; the limit is 4096 (message.text_bytes_max)";
  CHECK(one(4097) == refused);
  CHECK(quoted(4097) == refused);
}

TEST_CASE("a text of the limit fits its line with every byte escaped", "[protocol][G42]") {
  std::string text;
  for (int i = 0; i < 4096; ++i) text += "\\u0001";
  CHECK(fed("SEND 1002 \"" + text + "\" cid=1\n", LineLimits{}).front().starts_with("SEND to="));
}

TEST_CASE("an endless line is answered once, costs no memory, and the next line is read",
          "[protocol]") {
  LineCodec codec(kSmall);
  std::vector<Incoming> out;
  const std::string piece(1'000, 'x');
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(codec.feed(piece, out) == piece.size());
    REQUIRE(out.size() == 1);
    REQUIRE(codec.held_bytes() < 64);
  }
  codec.feed("\nPING\n", out);
  CHECK(said(out) ==
        std::vector<std::string>{
            "TOO_LARGE: the line is over 64 bytes (line.bytes_max) and was skipped", "PING"});
}

TEST_CASE("an unfinished line never holds more than about twice the limit", "[protocol]") {
  const LineLimits limits{.line_bytes_max = 10'000, .text_bytes_max = 32};
  LineCodec codec(limits);
  std::vector<Incoming> out;
  size_t held_max = 0;
  for (int i = 0; i < 100'000; ++i) {
    codec.feed("x", out);
    held_max = std::max(held_max, codec.held_bytes());
  }
  CHECK(held_max >= 10'000);
  CHECK(held_max <= 20'010);
}

TEST_CASE("a connection that sent a long line once does not keep its memory", "[protocol]") {
  LineCodec codec(LineLimits{});
  std::vector<Incoming> out;
  codec.feed("SEND 1002 " + std::string(60'000, 't'), out);
  CHECK(codec.held_bytes() >= 60'000);
  codec.feed("\n", out);
  CHECK(out.size() == 1);
  CHECK(codec.held_bytes() <= 4'096);
}
