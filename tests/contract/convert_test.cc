#include "server/contract/convert.h"

#include <catch2/catch.hpp>
#include <string>

using namespace mpim;

namespace {

template <class T>
std::string refusal(const Result<T>& result) {
  if (result.ok()) return "accepted";
  return std::string(name_of(result.error().code)) + " " + result.error().message;
}

}  // namespace

TEST_CASE("user and group ids take the 32-bit range and nothing else", "[contract][G25]") {
  CHECK(parse_user_id("1").value() == UserId(1));
  CHECK(parse_user_id("1001").value() == UserId(1001));
  CHECK(parse_user_id("4294967295").value() == UserId(4'294'967'295));
  CHECK(parse_group_id("4294967295").value() == GroupId(4'294'967'295));
  CHECK(refusal(parse_user_id("4294967296")) ==
        "BAD_REQUEST user id 4294967296 is out of range: 1 to 4294967295");
  CHECK(refusal(parse_user_id("0")) == "BAD_REQUEST user id 0 is out of range: 1 to 4294967295");
  CHECK(refusal(parse_group_id("0")) == "BAD_REQUEST group id 0 is out of range: 1 to 4294967295");
}

TEST_CASE("a number that overflows 64 bits is refused, not wrapped", "[contract][G25]") {
  // 2^64 + 1001 would be 1001 if it wrapped.
  CHECK(refusal(parse_user_id("18446744073709552617")) ==
        "BAD_REQUEST user id 18446744073709552617 is out of range: 1 to 4294967295");
  CHECK_FALSE(parse_message_id("99999999999999999999999999999999").ok());
  CHECK_FALSE(parse_seq("99999999999999999999999999999999").ok());  // though 0 would be a seq
}

TEST_CASE("a number is digits alone", "[contract][G25]") {
  const auto* const typed =
      GENERATE("", " 1001", "1001 ", "+1001", "-1", "1001x", "0x10", "1e3", "1.0", "١٢");
  CAPTURE(typed);
  const auto parsed = parse_user_id(typed);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().code == Code::kBadRequest);
  CHECK(parsed.error().message.find("is not a number") != std::string::npos);
}

TEST_CASE("a message id needs a conversation and a seq, in 63 bits", "[contract][G2]") {
  const MessageId first(ConversationId(1), Seq(1));
  const MessageId last(kConversationMax, kSeqMax);
  CHECK(parse_message_id(std::to_string(first.value)).value() == first);
  CHECK(parse_message_id("9223372036854775807").value() == last);
  CHECK(last.conversation() == kConversationMax);
  CHECK(last.seq() == kSeqMax);
  CHECK_FALSE(parse_message_id("9223372036854775808").ok());
  CHECK_FALSE(parse_message_id("1").ok());                                // no conversation
  CHECK_FALSE(parse_message_id(std::to_string(uint64_t{1} << 30)).ok());  // no seq
}

TEST_CASE("conversation ids and seqs are held to their bits", "[contract]") {
  CHECK(parse_conversation_id("8589934591").value() == kConversationMax);
  CHECK_FALSE(parse_conversation_id("8589934592").ok());
  CHECK_FALSE(parse_conversation_id("0").ok());
  CHECK(parse_seq("0").value() == Seq(0));
  CHECK(parse_seq("1073741823").value() == kSeqMax);
  CHECK_FALSE(parse_seq("1073741824").ok());
}

TEST_CASE("a count is held to the bounds it is given", "[contract][M12]") {
  CHECK(parse_count("1", "limit", 1, 1000).value() == 1);
  CHECK(parse_count("1000", "limit", 1, 1000).value() == 1000);
  CHECK(refusal(parse_count("0", "limit", 1, 1000)) ==
        "BAD_REQUEST limit 0 is out of range: 1 to 1000");
  CHECK(refusal(parse_count("1001", "limit", 1, 1000)) ==
        "BAD_REQUEST limit 1001 is out of range: 1 to 1000");
}

TEST_CASE("numbers that come as numbers meet the same bounds", "[contract][G25]") {
  CHECK(user_id_from(1001).value() == UserId(1001));
  CHECK_FALSE(user_id_from(0).ok());
  CHECK_FALSE(user_id_from(kPersonIdMax + 1).ok());
  CHECK_FALSE(group_id_from(kPersonIdMax + 1).ok());
  CHECK_FALSE(conversation_id_from(kConversationMax.value + 1).ok());
  CHECK_FALSE(message_id_from(~uint64_t{0}).ok());
  CHECK_FALSE(seq_from(kSeqMax.value + 1).ok());
  CHECK(seq_from(kSeqMax.value).value() == kSeqMax);
}

TEST_CASE("the four types of content are known by name", "[contract][G40]") {
  CHECK(content_type("text").value() == ContentType::kText);
  CHECK(content_type("image").value() == ContentType::kImage);
  CHECK(content_type("file").value() == ContentType::kFile);
  CHECK(content_type("voice").value() == ContentType::kVoice);
  CHECK(refusal(content_type("Video")) ==
        "BAD_REQUEST type 'Video' is none of text, image, file, voice");
}
