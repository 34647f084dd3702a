#include "server/protocol/ws/ws_reader.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/protocol/ws/client_frames.h"

namespace mpim {
namespace {

using namespace std::string_literals;

constexpr Reading kPlain{};
constexpr Reading kPacked{.deflate = true};

struct Case {
  std::string bytes;
  std::string events;
};

// The same events however the bytes are cut.
void check_all(const std::vector<Case>& cases, Reading reading = kPlain) {
  for (const Case& one : cases) {
    for (size_t cut = 0; cut < 8; ++cut) {
      reading.cut_seed = cut;
      INFO("cut " << cut << ", expected " << one.events);
      CHECK(events_of(one.bytes, reading) == one.events);
    }
  }
}

std::string fragment(uint8_t opcode, std::string_view payload) {
  return client_frame(opcode, payload);
}
std::string last_fragment(std::string_view payload) { return client_frame(kFin, payload); }

TEST_CASE("whole messages of every length form are read", "[protocol][ws]") {
  check_all({{client_text(""), "text\n"},
             {client_text("Hello"), "text Hello\n"},
             {client_frame(kFin | 2, "\x01"), "binary \\x01\n"},
             {client_text("one") + client_text("two"), "text one\ntext two\n"}});
  for (const size_t length : {125U, 126U, 127U, 65'535U}) {
    const std::string events = events_of(client_text(std::string(length, 'x')));
    CHECK_THAT(events,
               Catch::StartsWith("text " + std::string(length > 64 ? std::to_string(length) : "")));
  }
  const std::string large(65'536, 'y');
  CHECK(events_of(client_text(large)) == events_of(client_text(large), {.cut_seed = 3}));
  CHECK_THAT(events_of(client_text(large)), Catch::StartsWith("text 65536 bytes"));
}

TEST_CASE("the RFC's own examples are read", "[protocol][ws]") {
  check_all({{"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "text Hello\n"},
             {"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "pong Hello\n"}});
}

TEST_CASE("a message comes in fragments, control frames between them", "[protocol][ws]") {
  check_all(
      {{fragment(1, "Hel") + last_fragment("lo"), "text Hello\n"},
       {fragment(2, "a") + fragment(0, "") + fragment(0, "b") + last_fragment(""), "binary ab\n"},
       {fragment(1, "") + fragment(0, "") + last_fragment(""), "text\n"},
       {fragment(1, "") + last_fragment("all"), "text all\n"},
       {fragment(1, "Hel") + client_frame(kFin | 9, "p") + fragment(0, "l") +
            client_frame(kFin | 10, "q") + last_fragment("o") + client_text("next"),
        "ping p\npong q\ntext Hello\ntext next\n"},
       {fragment(1, "Hel") + client_frame(kFin | 8, close_payload(1000)) + last_fragment("lo"),
        "close 1000\n"}});
}

TEST_CASE("control frames are whole and small", "[protocol][ws]") {
  const std::string most(125, 'p');
  CHECK_THAT(events_of(client_frame(kFin | 9, most)), Catch::StartsWith("ping 125 bytes"));
  const std::string large = "failed 1002 a control frame has more than 125 bytes\n";
  const std::string cut = "failed 1002 a control frame may not be fragmented\n";
  check_all({{client_frame(kFin | 9, ""), "ping\n"},
             {client_frame(kFin | 9, most + "p"), large},
             {client_frame(kFin | 10, most + "p"), large},
             {client_frame(kFin | 8, close_payload(1000, most)), large},
             {client_frame(9, "p"), cut},
             {client_frame(10, ""), cut},
             {client_frame(8, ""), cut}});
}

TEST_CASE("frames that are not masked, or begin wrongly, end it", "[protocol][ws]") {
  const std::string reserved = "failed 1002 a frame has a reserved bit that nobody agreed on\n";
  const std::string packed = "failed 1002 a frame is compressed, and nobody agreed on that\n";
  check_all({{"\x81\x05Hello", "failed 1002 a client's frames must be masked\n"},
             {"\x89\0"s, "failed 1002 a client's frames must be masked\n"},
             {client_frame(kFin | 0x20 | 1, "a"), reserved},
             {client_frame(kFin | 0x10 | 1, "a"), reserved},
             {client_frame(kFin | 0x10 | 9, "a"), reserved},
             {client_frame(kFin | kRsv1 | 1, "a"), packed},
             {last_fragment("a"), "failed 1002 a fragment continues no message\n"},
             {fragment(0, "a"), "failed 1002 a fragment continues no message\n"},
             {client_text("a") + last_fragment("b"),
              "text a\nfailed 1002 a fragment continues no message\n"},
             {fragment(1, "a") + client_text("b"),
              "failed 1002 a message begins before the one before it has ended\n"},
             {fragment(1, "a") + fragment(2, "b"),
              "failed 1002 a message begins before the one before it has ended\n"}});
  for (const uint8_t opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    check_all({{client_frame(kFin | opcode, "a"), "failed 1002 a frame has a reserved opcode\n"}});
    // Its first byte is enough.
    check_all({{std::string(1, static_cast<char>(kFin | opcode)),
                "failed 1002 a frame has a reserved opcode\n"}});
  }
}

TEST_CASE("the compressed bit is of a message's first frame", "[protocol][ws]") {
  const std::string first = "failed 1002 only a message's first frame says it is compressed\n";
  const std::string hello = deflated("Hello");
  check_all({{client_frame(kFin | kRsv1 | 1, hello), "text Hello\n"},
             {client_frame(kRsv1 | 1, hello.substr(0, 3)) + last_fragment(hello.substr(3)),
              "text Hello\n"},
             {client_frame(kRsv1 | 1, hello.substr(0, 3)) + client_frame(kFin | 9, "p") +
                  fragment(0, "") + last_fragment(hello.substr(3)) + client_text("plain"),
              "ping p\ntext Hello\ntext plain\n"},
             {client_frame(kRsv1 | 2, "") + last_fragment(hello), "binary Hello\n"},
             {client_frame(kRsv1 | 1, "a") + client_frame(kFin | kRsv1, "b"), first},
             {fragment(1, "a") + client_frame(kFin | kRsv1, "b"), first},
             {client_frame(kFin | kRsv1 | 9, ""), first},
             {client_frame(kFin | kRsv1 | 8, ""), first}},
            kPacked);
}

TEST_CASE("a length has its shortest form and no highest bit", "[protocol][ws]") {
  const std::string form = "failed 1002 a frame's length is not in its shortest form\n";
  const auto frame = [](const std::string& length) { return "\x82" + length; };
  check_all(
      {{frame("\xfe\0\x7d"s), form},
       {frame("\xfe\0\0"s), form},
       {frame("\xff\0\0\0\0\0\0\xff\xff"s), form},
       {frame("\xff\0\0\0\0\0\0\0\x05"s), form},
       {frame("\xff\x80\0\0\0\0\0\0\0"s), "failed 1002 a frame's length has its highest bit set\n"},
       {frame("\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s),
        "failed 1009 a message may have 65536 bytes\n"},
       {frame("\xff\0\0\0\x01\0\0\0\0"s), "failed 1009 a message may have 65536 bytes\n"},
       {frame("\xff\0\0\0\0\0\x01\0"s), "left 9\n"}});
}

TEST_CASE("a message is as long as it may be and no longer", "[protocol][ws]") {
  const Reading ten{.message_bytes_max = 10};
  const std::string over = "failed 1009 a message may have 10 bytes\n";
  check_all({{client_text("0123456789"), "text 0123456789\n"},
             {client_text("0123456789a"), over},
             {client_text("0123456789a").substr(0, 2), over},  // what it announces is enough
             {fragment(1, "01234") + last_fragment("56789"), "text 0123456789\n"},
             {fragment(1, "01234") + last_fragment("56789a"), over},
             {fragment(1, "0123456789") + fragment(0, "") + last_fragment(""), "text 0123456789\n"},
             // Each has its own bound.
             {client_text("0123456789") + client_text("0123456789"),
              "text 0123456789\ntext 0123456789\n"}},
            ten);
}

TEST_CASE("text is UTF-8, and fails at its first wrong byte", "[protocol][ws]") {
  const std::string bad = "failed 1007 a text is not UTF-8\n";
  const std::string cut = "failed 1007 a text ends within a character\n";
  const std::string four = "\xf0\x9f\x98\x80";
  for (const std::string& wrong :
       {"\x80"s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s, "\xf0\x8f\xbf\xbf"s,
        "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xff"s, "\xe2\x28"s, "\xc3\xc3"s}) {
    check_all({{client_text(wrong), bad},
               {client_text("some text before it \xc3\xa9 " + wrong + " and behind"), bad},
               {fragment(1, wrong), bad},
               {fragment(1, "a") + fragment(0, wrong), bad}});
  }
  for (const std::string& begun : {"\xc3"s, "\xe2\x82"s, "\xf0\x9f\x98"s})
    check_all({{client_text(begun), cut}, {fragment(1, begun) + last_fragment(""), cut}});
  for (size_t at = 1; at < four.size(); ++at)
    CHECK_THAT(events_of(fragment(1, four.substr(0, at)) + last_fragment(four.substr(at))),
               Catch::Equals("text \\xf0\\x9f\\x98\\x80\n"));
  // The second byte is already wrong, and nothing of the rest has come.
  check_all({{fragment(1, "\xf4\x90"), bad}});
  const std::string frame = client_text("\xed\xa0 and more");
  check_all({{frame.substr(0, frame.size() - 9), bad}});
  // A message's end is forgotten by the next.
  CHECK_THAT(events_of(client_text(four) + client_frame(kFin | 2, "\xc3") + client_text("a")),
             Catch::EndsWith("text a\n"));
}

TEST_CASE("a close has a code that may be sent, and a reason in UTF-8", "[protocol][ws]") {
  const auto close = [](std::string_view payload) { return client_frame(kFin | 8, payload); };
  const std::string code = "failed 1002 a close has a code that may not be sent\n";
  check_all(
      {{close(""), "close 1005\n"},
       {close("\x03"), "failed 1002 a close has half a code\n"},
       {close(close_payload(1000, "bye")), "close 1000 bye\n"},
       {close(close_payload(1000, "\xc3")), "failed 1007 a close's reason is not UTF-8\n"},
       {close(close_payload(1000, "\xed\xa0\x80")), "failed 1007 a close's reason is not UTF-8\n"},
       {close(close_payload(1000, "\xc3\xa9")), "close 1000 \\xc3\\xa9\n"}});
  for (const uint16_t good : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
                              1014, 3000, 3999, 4000, 4999})
    check_all({{close(close_payload(good)), "close " + std::to_string(good) + "\n"}});
  for (const uint16_t bad : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65'535})
    check_all({{close(close_payload(bad)), code}});
}

TEST_CASE("what follows a close, or a failure, says nothing", "[protocol][ws]") {
  const std::string more = client_text("more") + "garbage";
  check_all({{client_frame(kFin | 8, close_payload(1001)) + more, "close 1001\n"},
             {client_frame(kFin | 3, "") + more, "failed 1002 a frame has a reserved opcode\n"}});
}

TEST_CASE("a message that lies whole in the bytes is given where it lies", "[protocol][ws]") {
  WsReader reader(100, false);
  std::string bytes = client_text("Hello") + client_text("again");
  std::span<char> left(bytes);
  const WsEvent event = reader.next(left);
  CHECK(event.payload == "Hello");
  CHECK(event.payload.data() == bytes.data() + 6);
  CHECK(reader.idle());
  CHECK(left.size() == 11);
  CHECK(reader.next(left).payload == "again");
  CHECK(left.empty());
  left = std::span<char>(bytes).first(0);
  CHECK(reader.next(left).kind == WsEvent::Kind::kNone);
}

TEST_CASE("a reader is idle between messages alone", "[protocol][ws]") {
  WsReader reader(100, false);
  std::string bytes = fragment(1, "a") + last_fragment("bc");
  CHECK(reader.idle());
  std::span<char> first(bytes.data(), 7);
  CHECK(reader.next(first).kind == WsEvent::Kind::kNone);
  CHECK_FALSE(reader.idle());
  std::span<char> part(bytes.data() + 7, 7);
  CHECK(reader.next(part).kind == WsEvent::Kind::kNone);
  CHECK_FALSE(reader.idle());
  std::span<char> rest(bytes.data() + 14, 1);
  CHECK(reader.next(rest).payload == "abc");
  CHECK(reader.idle());
}

}  // namespace
}  // namespace mpim
