// Every method of the contract, called once, in JSON and in binary.
#include <set>
#include <utility>

#include "tests/node/calls/caller.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

// Three people, and what has been called.
struct Walk {
  explicit Walk(bool in_binary) : binary(in_binary) {}

  json call(Person& by, const std::string& type, const json& request) {
    called.insert(type);
    return by.call(type, request, binary);
  }
  // What another one wrote to ann, by its id.
  std::string message_id(Person& by, const json& to) {
    json request = to;
    request["content"] = "hi";
    return call(by, "chat", request)["messageId"];
  }

  void messages();
  void people();
  std::string found_group();
  void change_group(const std::string& group);
  void come_and_go(const std::string& group);

  const bool binary;
  NodeRig rig;
  Person ann{rig, "ann"};
  Person bob{rig, "bob"};
  Person cat{rig, "cat"};
  std::set<std::string> called;
};

void Walk::messages() {
  const json sent = call(ann, "chat",
                         {{"toUserId", bob.uid},
                          {"content", "one"},
                          {"clientMessageId", "m-1"},
                          {"ext", R"({"a":1})"},
                          {"clientTimestamp", "1700000000000"}});
  CHECK(sent["clientMessageId"] == "m-1");
  CHECK(sent["seq"] == 1);
  const json id = sent["messageId"];
  CHECK(call(ann, "chat",
             {{"toUserId", bob.uid},
              {"content", "one"},
              {"clientMessageId", "m-1"},
              {"ext", R"({"a":1})"},
              {"clientTimestamp", "1700000000000"}})["duplicate"] == true);
  const json inbox = call(bob, "sync_offline_messages", json::object());
  REQUIRE(inbox["messages"].size() == 1);
  CHECK(inbox["messages"][0]["content"] == "one");
  CHECK(inbox["messages"][0]["fromUserId"] == ann.uid);
  CHECK(inbox["messages"][0]["ext"] == R"({"a":1})");
  CHECK_FALSE(inbox["messages"][0].contains("clientMessageId"));
  CHECK(call(bob, "unread", json::object())["total"] == 1);
  CHECK(call(bob, "confirm_messages_synced", {{"messageIds", {id}}})["confirmed"] == 1);
  CHECK(call(bob, "read", {{"messageId", id}})["messageId"] == id);
  CHECK(call(ann, "receipts", {{"messageId", id}})["read"] == "1");
  CHECK(call(bob, "conversations", json::object())["conversations"][0]["name"] == "ann");
  CHECK(call(ann, "edit", {{"messageId", id}, {"content", "uno"}}).contains("messageId"));
  const json history = call(bob, "history", {{"userName", "ann"}});
  CHECK(history["messages"][0]["content"] == "uno");
  CHECK(history["messages"][0]["state"] == "edited");
  CHECK(call(ann, "history",
             {{"sessionId", sent["sessionId"]}})["messages"][0]["clientMessageId"] == "m-1");
  call(bob, "search", {{"words", "uno"}});
  CHECK(call(ann, "recall", {{"messageId", id}}).contains("messageId"));
  call(bob, "hide", {{"messageId", id}});
  call(ann, "typing", {{"toUserName", "bob"}});
  CHECK(call(ann, "presence", {{"userIds", {ann.uid}}})["users"][0]["userId"] == ann.uid);
}

void Walk::people() {
  CHECK(call(ann, "set_profile", {{"displayName", "Ann"}})["profile"]["displayName"] == "Ann");
  CHECK(call(bob, "profile", {{"userName", "ann"}})["profile"]["displayName"] == "Ann");
  CHECK(call(ann, "add_friend", {{"userId", bob.uid}})["state"] == "asked");
  CHECK(call(bob, "friends", {{"state", "requested"}})["friends"][0]["name"] == "ann");
  call(bob, "reject_friend", {{"userId", ann.uid}});
  call(ann, "add_friend", {{"userId", cat.uid}});
  CHECK(call(cat, "accept_friend", {{"userName", "ann"}})["state"] == "friends");
  CHECK(call(cat, "remove_friend", {{"userId", ann.uid}})["userId"] == ann.uid);
  CHECK(call(ann, "block", {{"userName", "cat"}})["blocked"] == true);
  CHECK(call(ann, "blocks", json::object())["users"][0]["name"] == "cat");
  CHECK_FALSE(call(ann, "unblock", {{"userName", "cat"}}).contains("blocked"));
  const json devices = call(ann, "devices", json::object())["devices"];
  REQUIRE(devices.size() == 1);
  CHECK(devices[0]["current"] == true);
}

std::string Walk::found_group() {
  const json made = call(ann, "create_group", {{"name", "tea"}, {"description", "and cake"}});
  const std::string group = made["group"]["groupId"];
  CHECK(call(bob, "join_group", {{"groupId", group}}).contains("messageId"));
  CHECK(call(bob, "groups", json::object())["groups"][0]["name"] == "tea");
  CHECK(call(bob, "group_info", {{"groupId", group}})["role"] == "member");
  CHECK(call(ann, "members", {{"groupId", group}})["members"].size() == 2);
  message_id(bob, {{"groupId", group}});
  return group;
}

void Walk::change_group(const std::string& group) {
  const json one{{"groupId", group}};
  const auto with = [&one](const char* field, const json& value) {
    json request = one;
    request[field] = value;
    return request;
  };
  json about_bob = with("userId", bob.uid);
  call(ann, "rename_group", with("name", "coffee"));
  call(ann, "describe_group", with("description", "no cake"));
  call(ann, "set_notice", with("notice", "at five"));
  call(ann, "mute_member", about_bob);
  CHECK(bob.refused("chat", {{"groupId", group}, {"content", "x"}}) == "MUTED");
  call(ann, "unmute_member", about_bob);
  call(ann, "mute_group", with("seconds", 60));
  call(ann, "unmute_group", one);
  json admin = about_bob;
  admin["role"] = "admin";
  call(ann, "set_role", admin);
  CHECK(call(bob, "group_info", one)["role"] == "admin");
}

void Walk::come_and_go(const std::string& group) {
  const json one{{"groupId", group}};
  const json about_cat{{"groupId", group}, {"userId", cat.uid}};
  call(ann, "set_policy", {{"groupId", group}, {"joinPolicy", "approval"}});
  CHECK(call(cat, "join_group", one)["pending"] == true);
  CHECK(call(ann, "join_requests", one)["requests"][0]["name"] == "cat");
  call(ann, "refuse_join", about_cat);
  call(cat, "join_group", one);
  call(ann, "approve_join", about_cat);
  call(ann, "kick", about_cat);
  call(ann, "invite", about_cat);
  CHECK(call(cat, "invites", json::object())["invitations"][0]["groupId"] == group);
  CHECK(call(cat, "decline_invite", one)["groupId"] == group);
  call(ann, "transfer_group", {{"groupId", group}, {"userId", bob.uid}});
  call(ann, "leave_group", one);
  call(bob, "dissolve_group", one);
}

}  // namespace

TEST_CASE("each method of the contract is answered, in JSON and in binary", "[node][calls][G38]") {
  Walk walk(GENERATE(false, true));
  walk.messages();
  walk.people();
  const std::string group = walk.found_group();
  walk.change_group(group);
  walk.come_and_go(group);
  // Last: what ends tokens.
  LineConnection phone = walk.rig.client();
  const std::string there = phone.ask("LOGIN ann password device=phone");
  CHECK(walk.call(walk.ann, "revoke_device", {{"device", "phone"}})["device"] == "phone");
  const std::string before = std::exchange(walk.ann.token, field(there, "token"));
  CHECK(walk.ann.refused("unread", json::object()) == "BAD_TOKEN");
  walk.ann.token = before;
  const json changed = walk.call(walk.ann, "password",
                                 {{"oldPassword", "password"}, {"newPassword", "another one"}});
  CHECK(walk.ann.refused("unread", json::object()) == "BAD_TOKEN");
  walk.ann.token = changed["token"];
  walk.call(walk.ann, "unread", json::object());
  for (const wire::Method& method : wire::all_methods()) {
    INFO(method.type);
    CHECK(walk.called.contains(std::string(method.type)));
  }
}
