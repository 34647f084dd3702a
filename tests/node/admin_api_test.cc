#include <thread>

#include "server/contract/mpim/v1/admin.pb.h"
#include "tests/node/node_rig.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

json user(const std::string& name) { return {{"name", name}}; }

}  // namespace

TEST_CASE("calls that are no calls are refused in Connect's words and in ours", "[node][G49]") {
  NodeRig rig;
  const std::string& admin = rig.node->addresses().admin;
  const HttpReceived unknown = rig.admin("MakeCoffee", json::object());
  CHECK(unknown.status == 404);
  CHECK(unknown.json()["code"] == "unimplemented");
  CHECK(unknown.json()["mpimCode"] == "UNKNOWN_COMMAND");
  CHECK(unknown.head.find("mpim-code: UNKNOWN_COMMAND") != std::string::npos);

  const std::string list = "/mpim.v1.AdminService/ListUsers";
  CHECK(http_request(admin, "POST", list, "{}", "text/plain").status == 415);
  CHECK(http_request(admin, "POST", list, "{}", "application/json; charset=utf-8").status == 200);
  CHECK(http_request(admin, "GET", list).status == 405);

  for (const json& wrong : {json{{"lmit", 1}}, json{{"limit", "many"}}, json{{"limit", 1'001}}}) {
    const HttpReceived refused = rig.admin("ListUsers", wrong);
    CHECK(refused.status == 400);
    CHECK(refused.json()["mpimCode"] == "BAD_REQUEST");
  }
  CHECK(http_request(admin, "POST", list, "{").status == 400);
  CHECK(http_request(admin, "POST", list, "\xff\xff", "application/proto").status == 400);
}

TEST_CASE("the same calls are answered in binary", "[node][G7]") {
  NodeRig rig;
  admin::v1::AddUsersRequest request;
  request.add_names("ann");
  request.set_password("password");
  const HttpReceived answer =
      http_request(rig.node->addresses().admin, "POST", "/mpim.v1.AdminService/AddUsers",
                   request.SerializeAsString(), "application/proto");
  REQUIRE(answer.status == 200);
  admin::v1::AddUsersResponse added;
  REQUIRE(added.ParseFromString(answer.body));
  CHECK(added.users(0).user().name() == "ann");
}

TEST_CASE("the admin API is served over TCP to nobody without a token", "[node][G6]") {
  NodeRig rig;
  CHECK(http_request(rig.node->addresses().http, "POST", "/mpim.v1.AdminService/ListUsers", "{}")
            .status == 401);
}

TEST_CASE("the server says what it is", "[node][O12]") {
  NodeRig rig;
  const json server = rig.call("GetServer", json::object());
  CHECK(server["line"] == rig.node->addresses().line);
  CHECK(server["http"] == rig.node->addresses().http);
  CHECK(server["dataDir"] == rig.dir.path());
  CHECK(server["schemaVersion"].get<int>() >= 1);
  CHECK(server["state"] == "ready");
  CHECK(server["apiVersion"] == "v1");
}

TEST_CASE("people are added, listed, changed and removed, and their sessions follow",
          "[node][P12][P15]") {
  NodeRig rig;
  CHECK(
      rig.call("AddUsers", {{"names", {"ann", "bob"}}, {"password", "password"}})["users"].size() ==
      2);
  const HttpReceived taken = rig.admin("AddUsers", {{"names", {"bob"}}, {"password", "password"}});
  CHECK(taken.status == 409);
  CHECK(taken.json()["mpimCode"] == "EXISTS");
  const json added =
      rig.call("AddUsers", {{"names", {"bob"}}, {"password", "password"}, {"ifNotExists", true}});
  CHECK(added["users"][0]["created"] == false);

  LineConnection bob = rig.client();
  REQUIRE(bob.ask("LOGIN bob password").starts_with("+OK"));
  CHECK(rig.call("ListUsers", {{"limit", 1}})["more"] == true);
  CHECK(rig.call("GetUser", {{"user", user("bob")}})["user"]["sessions"] == 1);
  CHECK(rig.call("ListRoutes", json::object())["routes"][0]["user"]["name"] == "bob");
  const json sessions = rig.call("ListSessions", {{"user", user("bob")}})["sessions"];
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0]["deviceName"] == "default");
  CHECK(sessions[0]["protocol"] == "line");
  CHECK(sessions[0]["node"] == "local");

  rig.call("SetPassword", {{"user", user("bob")}, {"password", "another-one"}});
  CHECK(bob.next_push().value_or("").find("BAD_CREDENTIALS") != std::string::npos);
  CHECK(bob.closes());
  LineConnection again = rig.client();
  CHECK(again.ask("LOGIN bob another-one").starts_with("+OK"));

  LineConnection other = rig.client();
  rig.call("SetUserDisabled", {{"user", user("ann")}, {"disabled", true}});
  CHECK(other.ask("LOGIN ann password").starts_with("-ERR DISABLED"));
  CHECK(rig.call("RemoveUser", {{"user", user("ann")}, {"dryRun", true}})["groups"] == 0);
  CHECK(rig.admin("RemoveUser", {{"user", user("ann")}}).status == 200);
  CHECK(rig.admin("GetUser", {{"user", user("ann")}}).status == 404);
}

TEST_CASE("a kicked session is told why and closed", "[node][G49]") {
  NodeRig rig;
  LineConnection bob = rig.enrolled("bob");
  CHECK(rig.call("KickSessions", {{"user", user("bob")}, {"reason", "maintenance"}})["kicked"] ==
        1);
  CHECK(bob.next_push().value_or("").find("maintenance") != std::string::npos);
  CHECK(bob.closes());
  CHECK(rig.admin("KickSessions", {{"user", user("bob")}, {"deviceName", "none"}}).status == 404);
}

TEST_CASE("groups are made and their members hear of each other", "[node][P16][P17]") {
  NodeRig rig;
  LineConnection ann = rig.enrolled("ann");
  LineConnection bob = rig.enrolled("bob");
  const json made = rig.call("CreateGroup", {{"name", "tea"}, {"owner", user("ann")}});
  const std::string group = made["group"]["id"];
  CHECK(made["group"]["owner"]["name"] == "ann");
  REQUIRE(ann.next_push());
  CHECK(rig.call("AddMembers", {{"group", group}, {"users", {user("bob")}}})["added"] == 1);
  CHECK(ann.next_push().value_or("").find("kind=join") != std::string::npos);
  CHECK(bob.next_push().value_or("").find("kind=join") != std::string::npos);
  REQUIRE(ann.ask("GSEND " + group + " hello").starts_with("+OK"));
  CHECK(bob.next_push().value_or("").find("hello") != std::string::npos);
  CHECK(rig.call("GetGroup", {{"id", group}})["members"].size() == 2);
  CHECK(rig.call("ListGroups", json::object())["groups"].size() == 1);
  CHECK(rig.call("RemoveMembers", {{"group", group}, {"users", {user("bob")}}})["removed"] == 1);
  CHECK(bob.next_push().value_or("").find("kind=kick") != std::string::npos);
  REQUIRE(ann.ask("GSEND " + group + " secret").starts_with("+OK"));
  CHECK(bob.ask("GSEND " + group + " still here?").starts_with("-ERR NOT_MEMBER"));
}

TEST_CASE("an offline queue is looked at, replayed to a live session, and purged", "[node][X3]") {
  NodeRig rig;
  LineConnection ann = rig.enrolled("ann");
  LineConnection bob = rig.enrolled("bob", "ack=client");
  std::string last;
  for (const char* text : {"one", "two", "three"}) {
    last = field(ann.ask(std::string("SEND @bob ") + text), "msg_id");
    REQUIRE(field(bob.next_push().value_or(""), "id") == last);
  }
  REQUIRE(bob.ask("ACK " + last).starts_with("+OK"));
  const json message = rig.call("GetMessage", {{"id", last}});
  const std::string conversation = message["entry"]["conversation"];
  CHECK(message["entry"]["text"] == "three");

  const json order = {{"filter", {{"user", user("bob")}, {"conversation", conversation}}},
                      {"last", 2}};
  json dry = order;
  dry["dryRun"] = true;
  // The acknowledgement is written behind: the plan appears once it is there.
  json plan;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while ((plan = rig.call("MoveOffline", dry)["moved"]).empty()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
  CHECK(plan[0]["to"] == "1");
  CHECK(rig.call("MoveOffline", order)["moved"] == plan);
  CHECK(bob.next_push().value_or("").find("two") != std::string::npos);
  CHECK(bob.next_push().value_or("").find("three") != std::string::npos);
  bob.close();

  const json rows = rig.call("ListOffline", {{"limit", 1}})["rows"];
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["pending"] == "2");
  CHECK(rig.call("GetOfflineStats", json::object())["pending"] == "2");
  CHECK(rig.call("ReadOffline", {{"user", user("bob")}, {"conversation", conversation}})["entries"]
            .size() == 2);
  CHECK(rig.admin("ListOffline", {{"page", "nonsense"}}).status == 400);
  CHECK(rig.call("MoveOffline", {{"filter", {{"user", user("bob")}}}, {"purge", true}})["moved"]
            .size() == 1);
  CHECK(rig.call("GetOfflineStats", json::object())["pending"] == "0");
}

TEST_CASE("an operator's messages are pushed like any other, and each is answered", "[node][M61]") {
  NodeRig rig;
  LineConnection ann = rig.enrolled("ann");
  LineConnection bob = rig.enrolled("bob");
  const json messages = {
      {{"from", user("ann")}, {"to", user("bob")}, {"text", "hi"}, {"clientId", "c1"}},
      {{"from", user("ann")}, {"to", user("bob")}, {"text", std::string(4'097, 'x')}},
      {{"from", user("ann")}, {"text", "to nobody"}},
      {{"from", user("ann")}, {"to", user("bob")}, {"text", "hi"}, {"clientId", "c1"}},
  };
  const json outcomes = rig.call("SendMessages", {{"messages", messages}})["outcomes"];
  CHECK(outcomes[0]["code"] == "");
  CHECK(outcomes[1]["code"] == "TOO_LARGE");
  CHECK(outcomes[2]["code"] == "BAD_REQUEST");
  CHECK(outcomes[3]["duplicate"] == true);
  CHECK(outcomes[3]["id"] == outcomes[0]["id"]);
  CHECK(field(bob.next_push().value_or(""), "id") == outcomes[0]["id"]);
}
