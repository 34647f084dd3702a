#include <catch2/catch.hpp>

#include <type_traits>
#include <unordered_set>

#include "server/core/conversation.h"
#include "server/core/ids.h"
#include "server/core/message.h"

namespace mpim {
namespace {

TEST_CASE("a message id holds its conversation and its seq", "[core]") {
  const MessageId id(ConversationId(12'345), Seq(678));
  CHECK(id.conversation() == ConversationId(12'345));
  CHECK(id.seq() == Seq(678));
  CHECK(id.value == (uint64_t{12'345} << 30) + 678);
}

TEST_CASE("the largest message id is positive in 63 bits", "[core]") {
  const MessageId id(kConversationMax, kSeqMax);
  CHECK(id.value == (uint64_t{1} << 63) - 1);
  CHECK(static_cast<int64_t>(id.value) > 0);
  CHECK(id.conversation() == kConversationMax);
  CHECK(id.seq() == kSeqMax);
}

TEST_CASE("message ids rise within their conversation and never cross into the next", "[core]") {
  const ConversationId one(7);
  const ConversationId next(8);
  CHECK(MessageId(one, Seq(1)) < MessageId(one, Seq(2)));
  CHECK(MessageId(one, kSeqMax) < MessageId(next, Seq(1)));
  CHECK(MessageId(one, kSeqMax).conversation() == one);
}

TEST_CASE("zero names nothing", "[core]") {
  CHECK_FALSE(UserId());
  CHECK(kSystemUser);
  CHECK(Seq() < Seq(1));
  CHECK(Seq(1).next() == Seq(2));
}

TEST_CASE("a user cannot be passed for a group", "[core]") {
  CHECK_FALSE(std::is_convertible_v<UserId, GroupId>);
  CHECK_FALSE(std::is_convertible_v<uint64_t, UserId>);
  CHECK_FALSE(std::is_constructible_v<GroupId, UserId>);
}

TEST_CASE("ids spread over the low bits of their hash", "[core]") {
  std::unordered_set<size_t> high;
  for (uint64_t i = 1; i <= 1'000; ++i) high.insert(std::hash<UserId>{}(UserId(i * 4'096)) >> 48);
  CHECK(high.size() > 900);
}

TEST_CASE("every kind, type and role has its word", "[core]") {
  CHECK(name_of(EntryKind::kMessage) == "message");
  CHECK(name_of(EntryKind::kRename) == "rename");
  CHECK(name_of(ContentType::kText) == "text");
  CHECK(name_of(ContentType::kVoice) == "voice");
  CHECK(name_of(Role::kMember) == "member");
  CHECK(name_of(Role::kOwner) == "owner");
}

}  // namespace
}  // namespace mpim
