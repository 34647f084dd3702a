#include "server/contract/admin_convert.h"

#include <catch2/catch.hpp>

using namespace mpim;

TEST_CASE("a user is named by id or by name, and the id wins", "[contract][G25]") {
  CHECK(std::get<UserId>(user_from(user_ref(UserId(1001), "bob")).value()) == UserId(1001));
  CHECK(std::get<UserName>(user_from(user_ref(UserId(), "Bob")).value()) == UserName{"Bob", "bob"});
  CHECK(user_from(user_ref(UserId())).error().code == Code::kBadRequest);
  CHECK(user_from(user_ref(UserId(kPersonIdMax + 1))).error().code == Code::kBadRequest);
  CHECK(user_from(user_ref(UserId(), "no spaces")).error().code == Code::kBadRequest);
}

TEST_CASE("a list's limit is 100 unless given and at most 1000", "[contract]") {
  CHECK(limit_from(0).value() == 100);
  CHECK(limit_from(1000).value() == 1000);
  CHECK(limit_from(1001).error().code == Code::kBadRequest);
}

TEST_CASE("an entry survives binary protobuf, with the largest ids and control characters",
          "[contract][G7]") {
  Entry entry;
  entry.conversation = kConversationMax;
  entry.seq = kSeqMax;
  entry.sender = UserId(kPersonIdMax);
  entry.group = GroupId(1002);
  entry.at = Timestamp{1'700'000'000'123};
  entry.client_id = "c1";
  entry.type = ContentType::kVoice;
  entry.text = std::string("zero \0 \x01 😀", 13);

  admin::v1::Entry read;
  REQUIRE(read.ParseFromString(to_wire(entry).SerializeAsString()));
  CHECK(read.id() == 0x7FFF'FFFF'FFFF'FFFF);
  CHECK(read.conversation() == kConversationMax.value);
  CHECK(read.seq() == kSeqMax.value);
  CHECK(read.kind() == "message");
  CHECK(read.type() == "voice");
  CHECK(read.from().id() == kPersonIdMax);
  CHECK(read.group() == 1002);
  CHECK_FALSE(read.has_subject());
  CHECK(read.at_ms() == 1'700'000'000'123);
  CHECK(read.client_id() == "c1");
  CHECK(read.text() == entry.text);
}

TEST_CASE("groups and members become their messages", "[contract][P16]") {
  const Group group{GroupId(1001), ConversationId(7), "tea", "at four",
                    UserId(1002),  Timestamp{5},      3};
  const admin::v1::Group made = to_wire(group);
  CHECK(made.id() == 1001);
  CHECK(made.conversation() == 7);
  CHECK(made.name() == "tea");
  CHECK(made.description() == "at four");
  CHECK(made.owner().id() == 1002);
  CHECK(made.created_at_ms() == 5);
  CHECK(made.members() == 3);

  const admin::v1::Member member = to_wire(Member{UserId(1003), "bob", Role::kAdmin, Timestamp{6}});
  CHECK(member.user().id() == 1003);
  CHECK(member.user().name() == "bob");
  CHECK(member.role() == "admin");
  CHECK(member.joined_at_ms() == 6);
}
