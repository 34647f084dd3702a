// The plain paths.
#include <set>

#include "server/gateway/rest/rest_api.h"
#include "tests/node/calls/caller.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

json body_of(const HttpReceived& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return answer.json();
}

}  // namespace

TEST_CASE("each plain path is answered as its method is", "[node][calls][G34]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  const json sent = ann.call("chat", {{"toUserId", bob.uid}, {"content", "hello"}});
  const std::string session = sent["sessionId"];
  CHECK(body_of(bob.get("/api/messages/unread-count"))["total"] == 1);
  CHECK(body_of(bob.get("/api/messages/offline?limit=5"))["messages"][0]["content"] == "hello");
  CHECK(body_of(bob.get("/message/pull?sessionId=" + session))["messages"].size() == 1);
  CHECK(body_of(bob.get("/api/history?sessionId=" + session)) ==
        bob.call("history", {{"sessionId", session}}));
  CHECK(body_of(bob.get("/api/conversations")) == bob.call("conversations", json::object()));
  // The index follows a moment later.
  while (bob.call("search", {{"words", "hello"}}).value("messages", json::array()).empty()) {
  }
  CHECK(body_of(bob.get("/api/search?words=hello")) == bob.call("search", {{"words", "hello"}}));
  CHECK(body_of(bob.post("/api/messages/confirm",
                         json{{"messageIds", {sent["messageId"]}}}.dump()))["confirmed"] == 1);
  CHECK(body_of(bob.get("/api/messages/offline")).empty());
}

TEST_CASE("a session is pulled from its beginning, page by page", "[node][calls][G32][G39]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  std::vector<std::string> sent;
  std::string session;
  for (int i = 0; i < 45; ++i) {
    const json made = ann.call("chat", {{"toUserId", bob.uid}, {"content", std::to_string(i)}});
    sent.push_back(made["messageId"]);
    session = made["sessionId"];
  }
  std::vector<std::string> got;
  std::string last = "0";
  std::vector<size_t> sizes;
  for (bool more = true; more;) {
    const json page =
        body_of(bob.get("/message/pull?sessionId=" + session + "&lastMessageId=" + last));
    for (const json& message : page["messages"]) got.push_back(message["messageId"]);
    sizes.push_back(page["messages"].size());
    last = got.back();
    more = page.value("hasMore", false);
  }
  CHECK(sizes == std::vector<size_t>{20, 20, 5});
  CHECK(got == sent);
  const json few = body_of(bob.get("/message/pull?size=3&sessionId=" + session));
  CHECK(few["messages"].size() == 3);
}

TEST_CASE("a parameter is refused for what it is", "[node][calls][G25]") {
  NodeRig rig;
  Person ann(rig, "ann");
  for (const std::string target :
       {"/api/history?sessionId=1&sesionId=2", "/api/history?sessionId=1&sessionId=1",
        "/api/history?sessionId=1.0", "/api/history?sessionId=1e3", "/api/history?sessionId=-1",
        "/api/history?sessionId=", "/api/history?sessionId=99999999999999999999",
        "/api/history?limit=1001&sessionId=1", "/message/pull?sessionId=1&limit=5",
        "/message/pull?sessionId=1&size=0x10", "/message/pull", "/api/messages/unread-count?a=1"}) {
    INFO(target);
    const HttpReceived answer = ann.get(target);
    CHECK(answer.status == 400);
    CHECK(answer.json()["code"] == "BAD_REQUEST");
  }
  CHECK(ann.get("/api/search?words=%ff").json()["code"] == "BAD_TEXT");
  for (const char* const type : {"text/plain", "application/proto", ""}) {
    const HttpReceived refused = ann.post("/api/messages/confirm", "{}", type);
    CHECK(refused.status == 415);
    CHECK(refused.json()["code"] == "BAD_REQUEST");
  }
  CHECK(ann.post("/api/messages/confirm", "{}", "Application/JSON; charset=utf-8").status == 400);
  CHECK(ann.post("/api/messages/offline", "{}").status == 405);
  ann.token.clear();
  const HttpReceived nobody = ann.get("/api/conversations");
  CHECK(nobody.status == 401);
  CHECK(nobody.json()["code"] == "NOT_LOGGED_IN");
  CHECK(nobody.head.find("WWW-Authenticate: Bearer") != std::string::npos);
}

TEST_CASE("readiness tells each dependency, its state and how long it has been so",
          "[node][calls][O12]") {
  NodeRig rig;
  const HttpReceived answer = http_request(rig.node->addresses().http, "GET", "/readyz");
  CHECK(answer.status == 200);
  std::set<std::string> names;
  const json told = answer.json();
  for (const json& check : told["checks"]) {
    names.insert(check["name"]);
    CHECK(check["ok"] == true);
    CHECK(check["forMs"].get<int64_t>() >= 0);
  }
  CHECK(names == std::set<std::string>{"clients", "disk", "files", "log", "loops", "settings",
                                       "store", "uploads"});
}

TEST_CASE("the OpenAPI document names every call, and every name in it resolves", "[node][calls]") {
  NodeRig rig;
  const HttpReceived answer = http_request(rig.node->addresses().http, "GET", "/openapi.json");
  REQUIRE(answer.status == 200);
  const json document = answer.json();
  CHECK(document["openapi"] == "3.1.0");
  for (const wire::Method& method : wire::all_methods())
    CHECK(document["paths"].contains(path_of(method)));
  for (const RestRow& row : rest_rows()) CHECK(document["paths"].contains(std::string(row.path)));
  for (const char* const path : {"/mpim.v1.AdminService/GetServer", "/api/login", "/api/logout",
                                 "/api/refresh", "/api/register", "/api/files", "/api/files/{id}",
                                 "/api/server", "/healthz", "/metrics", "/readyz"})
    CHECK(document["paths"].contains(path));
  const std::string text = answer.body;
  const std::string mark = R"("$ref":"#)";
  size_t references = 0;
  for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
    const size_t from = at + mark.size();
    const json::json_pointer place(text.substr(from, text.find('"', from) - from));
    CHECK(document.contains(place));
    ++references;
  }
  CHECK(references > 100);
}
