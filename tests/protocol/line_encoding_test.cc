#include "server/protocol/line_encoding.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "server/protocol/line_codec.h"
#include "server/protocol/verbs/verbs.h"
#include "tests/protocol/codec_transcript.h"
#include "tests/protocol/samples.h"

using namespace mpim;

namespace {

template <class Event>
std::string written(const Event& event) {
  return encoded(SampleEvent(event));
}

}  // namespace

TEST_CASE("the greeting names the product and the protocol", "[protocol]") {
  std::string out;
  LineCodec(LineLimits{}).encode_greeting(out);
  CHECK(out == "+OK welcome mpim/" MPIM_VERSION " protocol=line/1\n");
}

TEST_CASE("encoding appends whole lines behind what is there", "[protocol]") {
  for (const Sample& sample : all_samples()) {
    const std::string out = encoded(sample.event);
    CAPTURE(sample.name, out);
    CHECK(out.ends_with('\n'));
    for (const std::string& line : lines_of(out))
      CHECK(
          std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  }
  std::string out = "before\n";
  line::encode(PongResponse{}, out);
  CHECK(out == "before\n+OK pong\n");
}

TEST_CASE("a sent message is answered with the id its receivers see", "[protocol][G2]") {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(42);
  entry.sender = UserId(1001);
  CHECK(written(Response(SentResponse{{entry.id(), {}, false}})) ==
        "+OK msg_id=7516192810 seq=42\n");
  CHECK(written(SampleEntry{entry, true}).starts_with("MSG id=7516192810 from=1001 "));
}

TEST_CASE("only the sender's devices are told the client id", "[protocol][G27]") {
  Entry entry;
  entry.client_id = "c-1";
  CHECK(written(SampleEntry{entry, true}).find(" cid=c-1 ") != std::string::npos);
  CHECK(written(SampleEntry{entry, false}).find("cid=") == std::string::npos);
}

TEST_CASE("counts above 1000 are shown as 1000+", "[protocol]") {
  const auto login = [](uint32_t pending) {
    return written(Response(LoggedInResponse{UserId(1001), pending, 0, "t", "e"}));
  };
  CHECK(login(1000) == "+OK uid=1001 pending=1000 unread=0 token=t epoch=e version=0\n");
  CHECK(login(1001) == "+OK uid=1001 pending=1000+ unread=0 token=t epoch=e version=0\n");
}

TEST_CASE("unread counts of several conversations add up within their bound", "[protocol]") {
  const Unread some{ConversationId(7), GroupId(), UserId(1002), 600};
  CHECK(written(Response(UnreadResponse{{some}})).starts_with("+OK unread total=600 count=1\n"));
  CHECK(written(Response(UnreadResponse{{some, some}}))
            .starts_with("+OK unread total=1000+ count=2\n"));
}

TEST_CASE("HELP lists exactly the verbs there are, and counts its lines", "[protocol]") {
  const auto lines = lines_of(written(Response(HelpResponse{})));
  REQUIRE(lines.size() == all_verbs().size() + 1);
  CHECK(lines.front() == "+OK help count=" + std::to_string(all_verbs().size()));
  for (size_t i = 0; i < all_verbs().size(); ++i)
    CHECK(lines[i + 1].starts_with("  " + std::string(all_verbs()[i].usage) + "  - "));
}

TEST_CASE("HELP about a verb counts its lines", "[protocol]") {
  for (const VerbRow& row : all_verbs()) {
    const auto lines = lines_of(written(Response(HelpResponse{std::string(row.name)})));
    CHECK(lines.front() == "+OK help count=" + std::to_string(lines.size() - 1));
    CHECK(lines[1] == "  " + std::string(row.usage));
    CHECK(std::all_of(lines.begin() + 1, lines.end(),
                      [](const auto& line) { return line.starts_with("  "); }));
  }
}

TEST_CASE("every code of the registry is written with its name", "[protocol][G49]") {
  for (const CodeEntry& entry : all_codes()) {
    const std::string out = written(Response(Error{entry.code, "why"}));
    CHECK(out == "-ERR " + std::string(entry.name) + " why\n");
  }
}
