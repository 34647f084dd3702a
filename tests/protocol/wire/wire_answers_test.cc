// What an answer says in JSON.
#include "server/protocol/wire/wire_answers.h"

#include <google/protobuf/util/json_util.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "server/protocol/wire/wire_methods.h"

using namespace mpim;

namespace {

std::string json(const google::protobuf::Message& message) {
  std::string out;
  REQUIRE(google::protobuf::util::MessageToJsonString(message, &out).ok());
  return out;
}

Entry message() {
  Entry entry;
  entry.conversation = ConversationId(3);
  entry.seq = Seq(7);
  entry.sender = UserId(1001);
  entry.subject = UserId(1002);
  entry.at = Timestamp{1'700'000'000'000};
  entry.client_id = "m-1";
  entry.text = "hi";
  return entry;
}

}  // namespace

TEST_CASE("a message shows its client id to its sender alone", "[protocol][wire]") {
  v1::Message told;
  wire::write(message(), true, told);
  CHECK(
      json(told) ==
      R"({"messageId":"3221225479","sessionId":"3","seq":7,"kind":"message","messageType":"text",)"
      R"("fromUserId":"1001","toUserId":"1002","content":"hi","timestamp":"1700000000000",)"
      R"("clientMessageId":"m-1"})");
  told.Clear();
  wire::write(message(), false, told);
  CHECK(told.client_message_id().empty());
}

TEST_CASE("a recall names the message it takes back", "[protocol][wire]") {
  Entry entry = message();
  entry.kind = EntryKind::kRecall;
  entry.subject = UserId();
  entry.ref = Seq(5);
  entry.text.clear();
  v1::Message told;
  wire::write(entry, true, told);
  CHECK(json(told) == R"({"messageId":"3221225479","sessionId":"3","seq":7,"kind":"recall",)"
                      R"("fromUserId":"1001","timestamp":"1700000000000","ref":"3221225477"})");
}

TEST_CASE("a page of history goes on from its last message", "[protocol][wire]") {
  HistoryResponse history;
  history.page = {.conversation = ConversationId(3),
                  .entries = {std::make_shared<const Entry>(message())},
                  .more = true,
                  .reached = Seq(7)};
  history.reader = UserId(1002);
  v1::ReadHistoryResponse told;
  const wire::Method* const method = wire::find_type("history");
  REQUIRE(method != nullptr);
  REQUIRE(method->to(history, told).ok());
  CHECK(told.next() == 3'221'225'479);
  CHECK(told.has_more());
  REQUIRE(told.messages_size() == 1);
  CHECK(told.messages(0).client_message_id().empty());
}

TEST_CASE("unread messages are added up, to a thousand and one", "[protocol][wire]") {
  UnreadResponse unread;
  unread.rows = {{ConversationId(1), GroupId(), UserId(1002), 400},
                 {ConversationId(2), GroupId(1001), UserId(), 700}};
  v1::ListUnreadResponse told;
  wire::answer(unread, told);
  CHECK(told.total() == 1'001);
  CHECK(told.conversations(0).user_id() == 1002);
  CHECK(told.conversations(1).group_id() == 1001);
}
