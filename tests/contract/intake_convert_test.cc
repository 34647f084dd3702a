#include "server/contract/intake_convert.h"

#include <catch2/catch.hpp>
#include <random>

#include "server/core/base_16.h"
#include "tests/contract/inner_properties.h"

using namespace mpim;

namespace {

Draft whole_draft() {
  Draft draft;
  draft.to = GroupId(1009);
  draft.sender = UserId(1001);
  draft.client_id = "c-1";
  draft.type = ContentType::kFile;
  draft.text = "grüße\n\"x\"";
  draft.file = FileId(88);
  draft.client_at = {1'700'000'000'004};
  draft.ext = R"({"a":1})";
  return draft;
}

}  // namespace

TEST_CASE("a send that waits is read as it was written", "[contract]") {
  const Result<Draft> read = unpacked_draft(packed_draft(whole_draft()));
  REQUIRE(read.ok());
  CHECK(std::get<GroupId>(read->to) == GroupId(1009));
  CHECK(read->sender == UserId(1001));
  CHECK(read->client_id == "c-1");
  CHECK(read->type == ContentType::kFile);
  CHECK(read->text == whole_draft().text);
  CHECK(read->file == FileId(88));
  CHECK(read->client_at == whole_draft().client_at);
  CHECK(read->ext == whole_draft().ext);
}

TEST_CASE("bytes that are no send are refused, and what can be made out is shown",
          "[contract][M39]") {
  const auto refused = [](const std::string& bytes) {
    const Result<Draft> read = unpacked_draft(bytes);
    REQUIRE_FALSE(read.ok());
    return read.error().message;
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(refused(""), Contains("cannot be parsed"));
  CHECK_THAT(refused("junk"), Contains("cannot be parsed"));
  Draft draft = whole_draft();
  draft.client_id = "no blank";
  CHECK_FALSE(unpacked_draft(packed_draft(draft)).ok());
  draft = whole_draft();
  draft.text = std::string("a\0b", 3);
  CHECK_THAT(refused(packed_draft(draft)), Contains("text"));
  draft = whole_draft();
  draft.to = UserId(UINT64_MAX);
  CHECK_FALSE(unpacked_draft(packed_draft(draft)).ok());
  CHECK_THAT(parsed_fields(packed_draft(draft).substr(0, 14)), Contains("to_user"));
}

TEST_CASE("an acknowledgement that waits is read as it was written", "[contract][M35]") {
  const DeviceAck received{UserId(1001),
                           DeviceId(7),
                           3,
                           {{ConversationId(1), Seq(5), {70}}, {ConversationId(9), Seq(2)}},
                           {{MessageId(ConversationId(2), Seq(1)), {71}}}};
  const Result<WaitingAck> read = unpacked_ack(packed_ack({"e1", received}));
  REQUIRE(read.ok());
  CHECK(read->epoch == "e1");
  const auto& ack = std::get<DeviceAck>(read->ack);
  CHECK(ack.user == UserId(1001));
  CHECK(ack.device == DeviceId(7));
  CHECK(ack.generation == 3);
  REQUIRE(ack.moves.size() == 2);
  CHECK(ack.moves[1].conversation == ConversationId(9));
  CHECK(ack.moves[1].delivered == Seq(2));
  CHECK(ack.moves[0].at == Timestamp{70});
  CHECK(ack.moves[1].at == Timestamp{0});
  CHECK(ack.own == received.own);
  const SeenEntry through{MessageId(ConversationId(1), Seq(5)), {72}};
  const Result<WaitingAck> mark =
      unpacked_ack(packed_ack({"e1", ReadMark{UserId(1001), DeviceId(7), through}}));
  REQUIRE(mark.ok());
  CHECK(std::get<ReadMark>(mark->ack).through == through);
  CHECK_FALSE(unpacked_ack("").ok());
  CHECK_FALSE(unpacked_ack(packed_ack({"", received})).ok());
  CHECK_FALSE(
      unpacked_ack(packed_ack({"e1", DeviceAck{UserId(1001), DeviceId(7), 1, {}, {}}})).ok());
  CHECK_FALSE(unpacked_ack(packed_draft(whole_draft())).ok());
}

TEST_CASE("whatever bytes wait, they are read or refused", "[contract]") {
  std::mt19937 random(20);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  const std::string good = packed_draft(whole_draft());
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good.substr(0, 1 + random() % good.size());
    for (unsigned changes = random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    INFO(in_base_16(bytes));
    REQUIRE(broken_draft_property(bytes).empty());
    REQUIRE(broken_ack_property(bytes).empty());
    REQUIRE(broken_packet_property(bytes).empty());
  }
}
