#include <catch2/catch.hpp>

#include "client-cli/people.h"

namespace mpim::chat {

TEST_CASE("numbers become names as they are learnt", "[client-cli]") {
  People people;
  CHECK(people.name_of(UserId(1002)) == "1002");
  people.learn(UserId(1002), "bob");
  CHECK(people.name_of(UserId(1002)) == "bob");
  CHECK(people.name_of(GroupId(1001)) == "#1001");
  people.learn(GroupId(1001), "tea");
  CHECK(people.name_of(GroupId(1001)) == "#tea");
}

// The wire gives no name with a message: an answer in a conversation we wrote to by name tells it.
TEST_CASE("whoever answers where we wrote to bob is bob", "[client-cli]") {
  People people;
  people.learn(ConversationId(7), UserNamed{"bob"});
  Entry answer;
  answer.conversation = ConversationId(7);
  answer.sender = UserId(1002);
  people.learn(answer, UserId(1001));
  CHECK(people.name_of(UserId(1002)) == "bob");
  CHECK(people.known(UserNamed{"bob"}) == Destination(UserId(1002)));
}

TEST_CASE("a stranger who wrote first has the name he is answered by", "[client-cli]") {
  People people;
  Entry first;
  first.conversation = ConversationId(7);
  first.sender = UserId(1002);
  people.learn(first, UserId(1001));
  CHECK(people.name_of(UserId(1002)) == "1002");
  people.learn(ConversationId(7), UserNamed{"bob"});
  CHECK(people.name_of(UserId(1002)) == "bob");
  CHECK(people.behind(ConversationId(7)) == Destination(UserId(1002)));
  people.learn(UserId(1002), "Bob");
  people.learn(ConversationId(7), UserNamed{"BOB"});
  CHECK(people.name_of(UserId(1002)) == "Bob");
}

TEST_CASE("what another device of ours sent says whom it went to", "[client-cli]") {
  People people;
  Entry own;
  own.conversation = ConversationId(7);
  own.sender = UserId(1001);
  own.subject = UserId(1002);
  people.learn(own, UserId(1001));
  CHECK(people.behind(ConversationId(7)) == Destination(UserId(1002)));
}

TEST_CASE("whom people type is found", "[client-cli]") {
  People people;
  people.learn(GroupId(1001), "tea");
  CHECK(*people.find("bob") == Destination(UserNamed{"bob"}));
  CHECK(*people.find("@bob") == Destination(UserNamed{"bob"}));
  CHECK(*people.find("1002") == Destination(UserId(1002)));
  CHECK(*people.find("#1005") == Destination(GroupId(1005)));
  CHECK(*people.find("#tea") == Destination(GroupId(1001)));
  CHECK(people.find("#tee").error().message.find("did you mean #tea") != std::string::npos);
  people.learn(GroupId(1009), "tea");
  const auto either = people.find("#tea");
  REQUIRE_FALSE(either.ok());
  CHECK(either.error().code == Code::kConflict);
  CHECK(either.error().message.find("#1001, #1009") != std::string::npos);
  CHECK_FALSE(people.find("b b").ok());
  CHECK_FALSE(people.find("99999999999").ok());
}

}  // namespace mpim::chat
