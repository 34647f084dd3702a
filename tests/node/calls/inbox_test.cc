// What waits for a device that has no session: paged, confirmed, and told to who has one.
#include <set>

#include "tests/node/calls/caller.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

std::string send_to(Person& by, const Person& whom, int number) {
  return by.call("chat",
                 {{"toUserId", whom.uid}, {"content", "m" + std::to_string(number)}})["messageId"];
}

std::vector<std::string> ids_of(const json& page) {
  std::vector<std::string> ids;
  for (const json& message : page.value("messages", json::array()))
    ids.push_back(message["messageId"]);
  return ids;
}

}  // namespace

TEST_CASE("an inbox is read page by page while messages arrive", "[node][calls][G33][G39][M12]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  Person cat(rig, "cat");
  std::set<std::string> sent;
  int number = 0;
  for (; number < 14; ++number) sent.insert(send_to(number % 3 == 0 ? bob : cat, ann, number));
  std::vector<std::string> got;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const json page = ann.call("sync_offline_messages", {{"limit", 4}});
    const std::vector<std::string> ids = ids_of(page);
    more = page.value("hasMore", false);
    CHECK(ids.size() <= 4);
    got.insert(got.end(), ids.begin(), ids.end());
    if (pages < 3) sent.insert(send_to(bob, ann, number++));
    if (!ids.empty()) ann.call("confirm_messages_synced", {{"messageIds", ids}});
  }
  CHECK(pages >= 4);
  CHECK(got.size() == sent.size());
  CHECK(std::set<std::string>(got.begin(), got.end()) == sent);
  CHECK(ann.call("sync_offline_messages", json::object()).empty());
}

TEST_CASE("an inbox can be read on without confirming", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  Person cat(rig, "cat");
  for (int i = 0; i < 9; ++i) send_to(i % 2 == 0 ? bob : cat, ann, i);
  std::vector<std::string> got;
  json after = "0";
  for (bool more = true; more;) {
    const json page = ann.call("sync_offline_messages", {{"limit", 2}, {"after", after}});
    const std::vector<std::string> ids = ids_of(page);
    REQUIRE_FALSE(ids.empty());
    got.insert(got.end(), ids.begin(), ids.end());
    after = ids.back();
    more = page.value("hasMore", false);
  }
  CHECK(got.size() == 9);
  CHECK(ids_of(ann.call("sync_offline_messages", json::object())) == got);
}

TEST_CASE("to confirm is all or nothing, and harmless when repeated", "[node][calls][G21][M61]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  Person eve(rig, "eve");
  const std::string first = send_to(bob, ann, 1);
  const std::string second = send_to(bob, ann, 2);
  const std::string foreign = send_to(bob, eve, 3);
  const json both{{"messageIds", {second, foreign}}};
  CHECK(ann.refused("confirm_messages_synced", both) == "NOT_FOUND");
  CHECK(ids_of(ann.call("sync_offline_messages", json::object())).size() == 2);
  const std::string unborn = std::to_string(std::stoull(second) + 1);
  CHECK(ann.refused("confirm_messages_synced", {{"messageIds", {unborn}}}) == "NOT_FOUND");
  CHECK(ann.call("confirm_messages_synced", {{"messageIds", {first}}})["confirmed"] == 1);
  CHECK(ann.call("confirm_messages_synced", {{"messageIds", {first}}}).empty());
  CHECK(ids_of(ann.call("sync_offline_messages", json::object())) ==
        std::vector<std::string>{second});
  CHECK(ann.call("confirm_messages_synced", {{"messageIds", {second, first}}})["confirmed"] == 1);
  CHECK(ann.call("sync_offline_messages", json::object()).empty());
}

TEST_CASE("what a device wrote itself does not wait for it", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  send_to(ann, bob, 1);
  CHECK(ann.call("sync_offline_messages", json::object()).empty());
  const std::string answer = send_to(bob, ann, 2);
  send_to(ann, bob, 3);
  CHECK(ids_of(ann.call("sync_offline_messages", json::object())) ==
        std::vector<std::string>{answer});
}

TEST_CASE("who was kicked sees his inbox up to then", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  const json group = ann.call("create_group", {{"name", "tea"}})["group"]["groupId"];
  bob.call("join_group", {{"groupId", group}});
  const json seen = ann.call("chat", {{"groupId", group}, {"content", "seen"}})["messageId"];
  ann.call("kick", {{"groupId", group}, {"userId", bob.uid}});
  const json unseen = ann.call("chat", {{"groupId", group}, {"content", "unseen"}})["messageId"];
  const std::vector<std::string> ids = ids_of(bob.call("sync_offline_messages", json::object()));
  CHECK(std::ranges::find(ids, seen.get<std::string>()) != ids.end());
  CHECK(std::ranges::find(ids, unseen.get<std::string>()) == ids.end());
  CHECK(bob.refused("confirm_messages_synced", {{"messageIds", {unseen}}}) == "NOT_FOUND");
}

TEST_CASE("a session of the device goes on from what was confirmed beside it", "[node][calls]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  for (int i = 0; i < 3; ++i) send_to(bob, ann, i);
  LineConnection session = rig.client();
  const std::string answer = session.ask("LOGIN ann password ack=client");
  REQUIRE(answer.starts_with("+OK uid="));
  ann.token = field(answer, "token");
  const auto pushed = [&session] {
    std::string line = *session.next_line();
    while (!line.starts_with("MSG")) line = *session.next_line();
    return field(line, "id");
  };
  const std::vector<std::string> ids = ids_of(ann.call("sync_offline_messages", json::object()));
  REQUIRE(ids.size() == 3);
  for (const std::string& id : ids) CHECK(pushed() == id);
  ann.call("confirm_messages_synced", {{"messageIds", {ids[1]}}});
  ann.call("confirm_messages_synced", {{"messageIds", {ids[2]}}});
  const std::string next = send_to(bob, ann, 4);
  // Only what is not confirmed may come again, when nobody acknowledges it for a second.
  std::string came = pushed();
  while (came == ids[2]) came = pushed();
  CHECK(came == next);
}
