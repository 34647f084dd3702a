// What is no call, what may not be asked, and what is asked too late.
#include <google/protobuf/stubs/logging.h>

#include "tests/node/calls/caller.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

const std::string kSend = "/mpim.v1.MessageService/SendMessage";
const std::string kUnread = "/mpim.v1.MessageService/ListUnread";
const std::string kConfirm = "/mpim.v1.MessageService/ConfirmMessages";

std::string nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

struct Bad {
  std::string path;
  std::string body;
  int status;
  std::string code;
};

}  // namespace

TEST_CASE("JSON that is no request is refused for what it is", "[node][calls][G25]") {
  NodeRig rig;
  Person ann(rig, "ann");
  const std::vector<Bad> table{
      {kUnread, "", 400, "BAD_REQUEST"},
      {kUnread, "{", 400, "BAD_REQUEST"},
      {kUnread, "[]", 400, "BAD_REQUEST"},
      {kUnread, "{} {}", 400, "BAD_REQUEST"},
      {kUnread, R"({"more":1})", 400, "BAD_REQUEST"},
      {kUnread, R"({"a":)" + nested(31) + "}", 400, "BAD_REQUEST"},
      {kUnread, R"({"a":)" + nested(30'000) + "}", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":"1","toUserId":"2","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserName":"ann","to_user_name":"bob","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"to_user_name":"ann","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserName":"ann","toUserId":"1001","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserName":"ann","groupId":"4000","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserName":"ann","content":"x","ext":null})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":1001.0,"content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":1e3,"content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":"1e3","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":"1001.0","content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":-1,"content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":18446744073709551616,"content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":true,"content":"x"})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":"1001","content":5})", 400, "BAD_REQUEST"},
      {kSend, R"({"toUserId":"1001","content":{"a":1}})", 400, "BAD_REQUEST"},
      {kSend, "{\"toUserId\":\"1001\",\"content\":\"\xff\"}", 400, "BAD_TEXT"},
      {kSend, R"({"toUserId":"1001","content":"\ud800"})", 400, "BAD_TEXT"},
      {kConfirm, R"({"messageIds":"1"})", 400, "BAD_REQUEST"},
      {kConfirm, R"({"messageIds":[null]})", 400, "BAD_REQUEST"},
  };
  for (const Bad& bad : table) {
    INFO(bad.body.substr(0, 80));
    const HttpReceived answer = ann.post(bad.path, bad.body);
    INFO(answer.body);
    CHECK(answer.status == bad.status);
    CHECK(answer.json()["mpimCode"] == bad.code);
    CHECK(answer.json()["message"].get<std::string>().size() < 400);
  }
}

TEST_CASE("a body is taken up to its bound, and not one byte more", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  const std::string begin = R"({"state":")";
  const std::string end = "\"}";
  const size_t room = rig.settings.http.body_bytes_max - begin.size() - end.size();
  const std::string friends = "/mpim.v1.UserService/ListFriends";
  const HttpReceived most = ann.post(friends, begin + std::string(room, 'x') + end);
  CHECK(most.json()["mpimCode"] == "BAD_REQUEST");
  CHECK(ann.post(friends, begin + std::string(room + 1, 'x') + end).status == 413);
}

TEST_CASE("a call is refused for how it comes", "[node][calls][G25]") {
  NodeRig rig;
  Person ann(rig, "ann");
  CHECK(ann.post("/mpim.v1.MessageService/Nothing", "{}").json()["code"] == "unimplemented");
  CHECK(ann.post("/mpim.v1.MessageService/", "{}").status == 404);
  CHECK(ann.post("/mpim.v1.MessageService/SendMessage/x", "{}").status == 404);
  CHECK(ann.post("/mpim.v1.MessageService/x/SendMessage", "{}").status == 404);
  CHECK(ann.post("/mpim.v1.NoService/SendMessage", "{}").status == 404);
  CHECK(ann.get(kUnread).status == 405);
  CHECK(ann.post(kUnread, "{}", "text/plain").status == 415);
  CHECK(ann.post(kUnread, "{}", "application/json; charset=utf-8").status == 200);
  CHECK(ann.post(kUnread, "{}", "Application/JSON; charset=utf-8").status == 200);
  CHECK(ann.post(kUnread, "", "APPLICATION/proto").status == 200);
  CHECK(ann.post(kUnread, "\xff\xff", "application/proto").status == 400);
  CHECK(ann.post(kUnread, "{}", "application/json", {"Connect-Protocol-Version: 1\r\n"}).status ==
        200);
  CHECK(ann.post(kUnread, "{}", "application/json", {"Connect-Protocol-Version: 2\r\n"}).status ==
        400);
  const HttpReceived packed =
      ann.post(kUnread, "{}", "application/json", {"Content-Encoding: gzip\r\n"});
  CHECK(packed.json()["code"] == "unimplemented");
  CHECK(ann.post(kUnread, "{}", "application/json", {.chunked = true}).status == 200);
}

TEST_CASE("binary text that is not UTF-8 is refused, and nobody's log tells of it",
          "[node][calls][G25]") {
  NodeRig rig;
  Person ann(rig, "ann");
  // Field 2, toUserName, of two bytes that are none.
  CHECK(ann.post(kSend, "\x12\x02\xff\xfe", "application/proto").status == 400);
  // Answers whom the library told of it until now.
  CHECK(google::protobuf::SetLogHandler(nullptr) == nullptr);
}

TEST_CASE("who shows no token, or a wrong one, is asked for one", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  const std::string good = ann.token;
  ann.token.clear();
  const HttpReceived nobody = ann.ask("unread", json::object());
  CHECK(nobody.status == 401);
  CHECK(nobody.json()["code"] == "unauthenticated");
  CHECK(nobody.json()["mpimCode"] == "NOT_LOGGED_IN");
  CHECK(nobody.head.find("WWW-Authenticate: Bearer") != std::string::npos);
  ann.token = good.substr(1) + "x";
  CHECK(ann.refused("unread", json::object()) == "BAD_TOKEN");
  ann.token = std::string(5'000, 'x');
  CHECK(ann.refused("unread", json::object()) == "BAD_TOKEN");
}

TEST_CASE("a call whose time is over is not begun", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  const json hello{{"toUserId", bob.uid}, {"content", "late"}};
  const HttpReceived late = ann.ask("chat", hello, {"Connect-Timeout-Ms: 0\r\n"});
  CHECK(late.status == 504);
  CHECK(late.json()["code"] == "deadline_exceeded");
  CHECK(bob.call("sync_offline_messages", json::object()).empty());
  CHECK(ann.ask("chat", hello, {"Connect-Timeout-Ms: soon\r\n"}).status == 400);
  CHECK(ann.ask("chat", hello, {"Connect-Timeout-Ms: -1\r\n"}).status == 400);
  CHECK(ann.ask("chat", hello, {"Connect-Timeout-Ms: 99999999999\r\n"}).status == 400);
  CHECK(ann.ask("chat", hello, {"Connect-Timeout-Ms: 9999999999\r\n"}).status == 200);
}

TEST_CASE("nobody reaches what is another's", "[node][calls][G26]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  Person eve(rig, "eve");
  const json sent = ann.call("chat", {{"toUserId", bob.uid}, {"content", "secret"}});
  const json id = sent["messageId"];
  const json session = sent["sessionId"];
  const json group = ann.call("create_group", {{"name", "tea"}})["group"];
  const std::string nowhere = std::to_string((uint64_t{1} << 60) + 1);
  for (const json& foreign : {id, json(nowhere)}) {
    for (const std::string type : {"read", "recall", "hide", "receipts"})
      CHECK(eve.refused(type, {{"messageId", foreign}}) == "NOT_FOUND");
    CHECK(eve.refused("edit", {{"messageId", foreign}, {"content", "x"}}) == "NOT_FOUND");
    CHECK(eve.refused("confirm_messages_synced", {{"messageIds", {foreign}}}) == "NOT_FOUND");
  }
  CHECK(eve.refused("history", {{"sessionId", session}}) == "NOT_FOUND");
  CHECK(eve.refused("history", {{"sessionId", group["sessionId"]}}) == "NOT_FOUND");
  CHECK(eve.refused("members", {{"groupId", group["groupId"]}}) == "NOT_MEMBER");
  CHECK(eve.refused("chat", {{"groupId", group["groupId"]}, {"content", "x"}}) == "NOT_MEMBER");
  CHECK(eve.call("search", {{"words", "secret"}}).contains("messages") == false);
  CHECK(eve.call("conversations", json::object()).empty());
  CHECK(bob.refused("recall", {{"messageId", id}}) == "DENIED");
  CHECK(eve.get("/message/pull?sessionId=" + session.get<std::string>()).status == 404);
}
