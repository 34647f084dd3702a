#include "ops/bench/load/load_line.h"

#include <catch2/catch.hpp>

#include "ops/bench/load/load_text.h"
#include "server/protocol/line_codec.h"

using namespace mpim;
using namespace mpim::ops;
using namespace std::chrono_literals;

namespace {

Entry entry_of(std::string text) {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(42);
  entry.sender = UserId(1001);
  entry.at = Timestamp{1'767'225'600'123};
  entry.text = std::move(text);
  return entry;
}

std::string encoded(const Entry& entry, bool to_sender) {
  std::string line;
  LineCodec({65'536, 4'096}).encode_entry(entry, to_sender, line);
  line.pop_back();  // its LF
  return line;
}

}  // namespace

TEST_CASE("a load test's text says what it was told, at any size", "[ops][bench]") {
  const LoadText sent{0xFFFF'FFFF, 4'000'000'000, 1'099'511'627'775, LoadTime(1'234'567'890'123ns)};
  const uint32_t bytes = GENERATE(uint32_t{LoadText::kBytesMin}, 128U, 4'096U);
  const std::string text = write_load_text(sent, bytes);
  CHECK(text.size() >= bytes);
  CHECK(write_load_text({1, 2, 3, LoadTime(1h)}, bytes).size() == bytes);
  const auto read = read_load_text(text);
  REQUIRE(read);
  CHECK(read->run == sent.run);
  CHECK(read->sender == sent.sender);
  CHECK(read->number == sent.number);
  CHECK(read->due == sent.due);
}

TEST_CASE("other people's texts are none of a load test's", "[ops][bench]") {
  for (const char* const text : {"", "hello", "bench.", "bench.1.2.3", "bench.1.2.3.4",
                                 "bench.1.2.z.4.", "bench.1.2.3.99999999999999999."})
    CHECK_FALSE(read_load_text(text));
}

TEST_CASE("the lines that are read quickly say what the server wrote", "[ops][bench]") {
  Entry entry = entry_of(write_load_text({1, 2, 3, LoadTime(5s)}, 128));
  for (const bool to_sender : {false, true}) {
    for (const uint64_t group : {0U, 1005U}) {
      entry.group = GroupId(group);
      const std::string line = encoded(entry, to_sender);
      INFO(line);
      const auto push = read_push(line);
      REQUIRE(push);
      CHECK(push->id == entry.id());
      CHECK(push->text == entry.text);
    }
  }
  Entry join = entry_of("");
  join.kind = EntryKind::kJoin;
  const auto event = read_push(encoded(join, false));
  REQUIRE(event);
  CHECK(event->id == join.id());
  CHECK(event->text.empty());
}

TEST_CASE("a line that is no push and no stored message is left to others", "[ops][bench]") {
  CHECK(read_stored("+OK msg_id=7516192810 seq=42") == MessageId(7'516'192'810));
  CHECK(read_stored("+OK msg_id=7516192810 seq=42 dup=1\r") == MessageId(7'516'192'810));
  for (const char* const line : {"+OK", "+OK pong", "-ERR BUSY wait", "+OK msg_id=", "+OK msg_id=x",
                                 "+OK msg_id=0 seq=1", "+OK msg_id=12x", "NOTICE kind=gap conv=7"})
    CHECK_FALSE(read_stored(line));
  for (const char* const line :
       {"MSG", "MSG id=7 from=1", "MSG id=x text=\"a\"", "MSG id=7 text=\"", "MSG id=7 text=\"a",
        "MSGS id=7 text=\"a\"", "EVENT kind=join"})
    CHECK_FALSE(read_push(line));
}
