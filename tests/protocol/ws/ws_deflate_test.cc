#include "server/protocol/ws/ws_deflate.h"

#include <catch2/catch.hpp>

#include "server/protocol/ws/ws_writer.h"
#include "tests/protocol/ws/client_frames.h"

namespace mpim {
namespace {

using namespace std::string_literals;

constexpr Reading kPacked{.deflate = true};
const std::string kBroken =
    "failed 1007 a compressed message is broken, or refers to another one\n";

std::string packed_frame(std::string_view payload) {
  return client_frame(kFin | kRsv1 | 1, payload);
}

std::string inflated(std::string_view packed) {
  std::string out;
  CHECK(ws_inflate(packed, 65'536, out) == Inflated::kWhole);
  return out;
}

TEST_CASE("the RFC's own examples are inflated", "[protocol][ws]") {
  CHECK(inflated("\xf2\x48\xcd\xc9\xc9\x07\x00"s) == "Hello");
  CHECK(inflated("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s) == "Hello");          // stored
  CHECK(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s) == "Hello");                      // final
  CHECK(inflated("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s) == "Hello");  // two
  CHECK(inflated("\x00"s).empty());
  CHECK(inflated("\x02\x00"s).empty());
}

TEST_CASE("a compressed message that is broken ends it", "[protocol][ws][M23]") {
  const std::string hello = deflated("Hello, hello, hello, hello, hello");
  for (const std::string& packed : {
           ""s,      // no block at all
           "\xff"s,  // a block of no kind
           hello.substr(0, hello.size() / 2), hello + "garbage",
           "\xf3\x48\xcd\xc9\xc9\x07\x00"s,  // a final block, and no other behind it
           "\xf2\x00\x11\x00\x00"s,  // refers to the message before, as a kept context would
       }) {
    INFO(packed.size());
    CHECK(events_of(packed_frame(packed), kPacked) == kBroken);
    CHECK(events_of(packed_frame(packed), {.deflate = true, .cut_seed = 1}) == kBroken);
  }
  // Nothing of it is left to those that follow on the same thread.
  CHECK(events_of(packed_frame(deflated("Hello")), kPacked) == "text Hello\n");
}

TEST_CASE("compressed text is UTF-8 as well", "[protocol][ws]") {
  CHECK(events_of(packed_frame(deflated("\xed\xa0\x80")), kPacked) ==
        "failed 1007 a text is not UTF-8\n");
  CHECK(events_of(packed_frame(deflated("\xe2\x82")), kPacked) ==
        "failed 1007 a text ends within a character\n");
}

TEST_CASE("a message is bounded by what it inflates to", "[protocol][ws]") {
  const Reading hundred{.message_bytes_max = 100, .deflate = true};
  const std::string over = "failed 1009 a message may have 100 bytes\n";
  CHECK_THAT(events_of(packed_frame(deflated(std::string(100, 'x'))), hundred),
             Catch::StartsWith("text 100 bytes"));
  CHECK(events_of(packed_frame(deflated(std::string(101, 'x'))), hundred) == over);
  // A thousand times what it was; it is inflated as far as to the bound.
  const std::string bomb = deflated(std::string(10'000'000, 'x'), 9);
  CHECK(bomb.size() < 10'000);
  std::string out;
  CHECK(ws_inflate(bomb, 20'000, out) == Inflated::kTooLarge);
  CHECK(out.size() <= 20'000);
  // Bytes that say nothing are bounded too: empty blocks without end.
  std::string nothing;
  for (size_t i = 0; i < 37; ++i) nothing += "\x00\x00\x00\xff\xff"s;
  const std::string blocks = nothing.substr(0, 185) + "\x00"s;
  CHECK(events_of(packed_frame(blocks), hundred) == "text\n");
  CHECK(events_of(packed_frame(blocks + "\x00\x00\xff\xff"s), hundred) == over);
}

TEST_CASE("what is sent is compressed where that is shorter", "[protocol][ws][M23]") {
  const std::string text(1'000, 'x');
  const std::optional<std::string_view> packed = ws_deflate(text, {});
  REQUIRE(packed.has_value());
  CHECK(packed->size() < 50);
  CHECK(inflated(*packed) == text);
  std::string noise;
  for (uint32_t i = 0, x = 7; i < 1'000; ++i)
    noise += static_cast<char>((x = x * 1'664'525 + 1'013'904'223) >> 24);
  CHECK_FALSE(ws_deflate(noise, {}).has_value());
  CHECK_FALSE(ws_deflate("", {}).has_value());
  // Never longer, whatever its length.
  for (size_t length = 1; length < 300; ++length) {
    const std::string_view part = std::string_view(noise).substr(0, length / 2);
    const std::string twice = std::string(part) + std::string(part);
    if (const auto one = ws_deflate(twice, {})) {
      CHECK(one->size() < twice.size());
      CHECK(inflated(*one) == twice);
    }
  }
  // The second is compressed as the first was: nothing is kept.
  CHECK(std::string(*ws_deflate(text, {})) == std::string(*ws_deflate(text, {})));
}

TEST_CASE("a client's smaller window is kept to", "[protocol][ws]") {
  const std::string text(1'024, 'x');
  CHECK(ws_deflate(text, {.window_bits = 10}).has_value());
  CHECK_FALSE(ws_deflate(text + "x", {.window_bits = 10}).has_value());
  CHECK(ws_deflate(std::string(100'000, 'x'), {.window_bits = 15}).has_value());
}

TEST_CASE("offers are taken or passed over", "[protocol][ws]") {
  const std::string both =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  const auto answer = [](std::string_view offers) {
    const auto one = answer_deflate_offers(offers);
    return one ? one->extension : "none";
  };
  CHECK(answer("permessage-deflate") == both);
  CHECK(answer("permessage-deflate; client_max_window_bits") == both);
  CHECK(answer("PERMESSAGE-DEFLATE ;client_max_window_bits = 9") == both);
  CHECK(answer("permessage-deflate; client_no_context_takeover; server_no_context_takeover") ==
        both);
  CHECK(answer("permessage-deflate; server_max_window_bits=10") ==
        both + "; server_max_window_bits=10");
  CHECK(answer("permessage-deflate; server_max_window_bits=\"8\"") ==
        both + "; server_max_window_bits=8");
  CHECK(
      answer_deflate_offers("permessage-deflate; server_max_window_bits=10")->agreed.window_bits ==
      10);
  CHECK(answer("x-other; a=\"b, permessage-deflate\", permessage-deflate") == both);
  // The first that can be taken.
  CHECK(answer("permessage-deflate; unknown, permessage-deflate; server_max_window_bits=12, "
               "permessage-deflate") == both + "; server_max_window_bits=12");
  for (const std::string parameter :
       {"unknown", "unknown=1", "server_max_window_bits", "server_max_window_bits=7",
        "server_max_window_bits=16", "server_max_window_bits=010", "server_max_window_bits=x",
        "server_max_window_bits=", "server_max_window_bits=+9", "client_max_window_bits=7",
        "client_max_window_bits=16", "client_max_window_bits=", "server_no_context_takeover=1",
        "client_no_context_takeover=\"\"", "client_max_window_bits; client_max_window_bits",
        "server_max_window_bits=9; server_max_window_bits=9",
        "client_no_context_takeover; client_no_context_takeover",
        "server_no_context_takeover; server_no_context_takeover"}) {
    INFO(parameter);
    CHECK(answer("permessage-deflate; " + parameter) == "none");
  }
  for (const std::string offers :
       {"", "deflate", "permessage-deflat", "x-webkit-deflate-frame", ";", ","})
    CHECK(answer(offers) == "none");
}

}  // namespace
}  // namespace mpim
