#include "server/protocol/line_client.h"

#include <catch2/catch.hpp>

#include "server/protocol/line_codec.h"
#include "server/protocol/line_encoding.h"
#include "tests/protocol/describe.h"

using namespace mpim;

namespace {

Entry pushed_back(const Entry& entry, bool to_sender = true) {
  std::string line;
  line::encode_entry(entry, to_sender, line);
  line.pop_back();
  const ServerLine read = parse_server_line(line);
  CAPTURE(line);
  REQUIRE(std::holds_alternative<EntryPush>(read));
  return std::get<EntryPush>(read).entry;
}

void check_same(const Entry& a, const Entry& b) {
  CHECK(a.id() == b.id());
  CHECK(a.kind == b.kind);
  CHECK(a.type == b.type);
  CHECK(a.sender == b.sender);
  CHECK(a.group == b.group);
  CHECK(a.subject == b.subject);
  CHECK(a.at == b.at);
  CHECK(a.client_id == b.client_id);
  CHECK(a.text == b.text);
}

Entry largest_message(std::string text) {
  Entry entry;
  entry.conversation = kConversationMax;
  entry.seq = kSeqMax;
  entry.sender = UserId(kPersonIdMax);
  entry.subject = UserId(kPersonIdMax);
  entry.group = GroupId(kPersonIdMax);
  entry.type = ContentType::kFile;
  entry.at = Timestamp{9'223'372'036'854'775'807};
  entry.client_id = "c\"1=x";
  entry.text = std::move(text);
  return entry;
}

}  // namespace

TEST_CASE("an encoded message is read back unchanged", "[protocol][G7]") {
  const auto* const text =
      GENERATE("", "hi", " ends with blanks  ", "\"quoted\" \\ text=\"x\" cid=y", "a\r\nb\tc",
               "\x01\x02\x1F\x7F", "李雷 said 😀", "id=1 conv=2");
  const Entry entry = largest_message(text);
  check_same(pushed_back(entry), entry);
}

TEST_CASE("an encoded event is read back unchanged", "[protocol][G7]") {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(1);
  entry.kind = GENERATE(EntryKind::kJoin, EntryKind::kLeave, EntryKind::kKick);
  entry.sender = UserId(1001);
  entry.subject = UserId(1002);
  entry.group = GroupId(1005);
  entry.at = Timestamp{5};
  check_same(pushed_back(entry), entry);
}

TEST_CASE("a quoted text goes through the server's parser unchanged", "[protocol][G1]") {
  const std::string text =
      GENERATE(std::string("say \"hi\" \\ 😀"), std::string("two\nlines\tand\x01"),
               std::string(4096, '"'), std::string(" "));
  LineCodec codec(LineLimits{});
  std::vector<Incoming> out;
  codec.feed("SEND 1002 " + quote(text) + " cid=1\n", out);
  REQUIRE(out.size() == 1);
  REQUIRE(out.front().ok());
  CHECK(std::get<SendRequest>(*out.front()).text == text);
}

TEST_CASE("fields and lines that are new to a client are skipped", "[protocol][G7]") {
  const ServerLine read = parse_server_line(
      "MSG id=7516192810 from=1001 prio=9 note=\"a b=c\" ts=5 conv=7 seq=42 flag text=\"hi\" "
      "edited=1");
  REQUIRE(std::holds_alternative<EntryPush>(read));
  CHECK(std::get<EntryPush>(read).entry.text == "hi");
  CHECK(std::get<EntryPush>(read).entry.sender == UserId(1001));
  CHECK(std::holds_alternative<UnknownLine>(parse_server_line("DANCING user=1001")));
  CHECK(std::holds_alternative<UnknownLine>(parse_server_line("NOTICE kind=weather")));
  CHECK(std::holds_alternative<UnknownLine>(
      parse_server_line("EVENT id=7516192810 kind=new by=1 ts=1")));
}

TEST_CASE("a type of content that is new to a client is shown as text", "[protocol]") {
  const ServerLine read =
      parse_server_line("MSG id=7516192810 from=1001 ts=5 type=video text=\"hi\"");
  CHECK(std::get<EntryPush>(read).entry.type == ContentType::kText);
}

TEST_CASE("a damaged push is no entry", "[protocol]") {
  const auto* const line = GENERATE(
      "MSG", "MSG id=7516192810 from=1001 ts=5", "MSG id=0 from=1001 ts=5 text=\"x\"",
      "MSG id=99999999999999999999 from=1001 ts=5 text=\"x\"",
      "MSG id=7516192810 from=x ts=5 text=\"x\"", "MSG id=7516192810 from=1001 ts=5 text=\"x",
      "MSG id=7516192810 from=1001 ts= text=\"x\"");
  CAPTURE(line);
  CHECK(std::holds_alternative<UnknownLine>(parse_server_line(line)));
}

TEST_CASE("an error's code, sentence and pause are told apart", "[protocol][G49]") {
  const auto error = [](std::string_view line) {
    return std::get<ReplyError>(parse_server_line(line)).error;
  };
  const Error locked = error("-ERR LOCKED_OUT too many failed log-ins retry_ms=1500\r");
  CHECK(locked.code == Code::kLockedOut);
  CHECK(locked.message == "too many failed log-ins");
  CHECK(locked.retry_ms == 1500);
  CHECK(error("-ERR NOT_FOUND no user 5").message == "no user 5");
  CHECK(error("-ERR BAD_TEXT").code == Code::kBadText);
  const Error unknown = error("-ERR BRAND_NEW of next year");
  CHECK(unknown.code == Code::kInternal);
  CHECK(unknown.message == "BRAND_NEW of next year");
}

TEST_CASE("a bounded count reads as one above its bound", "[protocol]") {
  const auto reply =
      std::get<ReplyOk>(parse_server_line("+OK uid=1001 pending=1000+ unread=7 x=1+2 token=a+"));
  CHECK(reply.fields.number("pending") == 1001);
  CHECK(reply.fields.number("unread") == 7);
  CHECK_FALSE(reply.fields.number("x"));
  CHECK_FALSE(reply.fields.number("token"));
  CHECK_FALSE(reply.fields.number("absent"));
  CHECK(reply.fields.text("token") == "a+");
}

TEST_CASE("a list says how many rows follow, a pull does not", "[protocol]") {
  const auto rows = [](std::string_view line) {
    return std::get<ReplyOk>(parse_server_line(line)).rows();
  };
  CHECK(rows("+OK groups count=3") == 3);
  CHECK(rows("+OK members count=2 more=1") == 2);
  CHECK(rows("+OK unread total=9 count=1") == 1);
  CHECK(rows("+OK help count=19") == 19);
  CHECK(rows("+OK pull_done count=5") == 0);
  CHECK(rows("+OK") == 0);
}
