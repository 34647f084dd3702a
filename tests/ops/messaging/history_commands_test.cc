// What an operator sees of what was said, and takes back; who is there.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ops/smoke/line_link.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

ops::LineLink log_in(CtlRoom& room, const std::string& name, const std::string& device = "phone") {
  auto link = ops::LineLink::open(room.server().line(),
                                  std::chrono::steady_clock::now() + std::chrono::seconds(30));
  REQUIRE(link.ok());
  REQUIRE(link->ask("LOGIN " + name + " sesame-open ack=client device=" + device).ok());
  return std::move(*link);
}

std::string send(const CtlRoom& room, const std::string& from, const std::string& to,
                 const std::string& text) {
  return room.ask({"msg", "send", "--from", from, "--to", to, text}).at("id");
}

void people(CtlRoom& room) {
  room.start_server();
  for (const char* const name : {"dora", "erik", "fred"}) room.add_user(name);
}

std::vector<std::string> texts(const nlohmann::json& entries) {
  std::vector<std::string> found;
  for (const auto& entry : entries) found.push_back(entry.at("text"));
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an operator reads a log back page by page, whoever may see it", "[ops][M17]") {
  CtlRoom room;
  people(room);
  std::vector<std::string> ids;
  for (const char* const text : {"one", "two", "three", "four", "five"})
    ids.push_back(send(room, "dora", "erik", text));
  const std::vector<std::string> talk{"msg", "history", "--with", "erik", "--and", "dora"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), talk.begin(), talk.end());
    return room.ask(std::move(more));
  };
  CHECK(texts(with({})) == Texts{"one", "two", "three", "four", "five"});
  CHECK(texts(with({"--limit", "2"})) == Texts{"four", "five"});
  CHECK(texts(with({"--limit", "2", "--before", ids[3]})) == Texts{"two", "three"});
  CHECK(texts(with({"--limit", "2", "--after", ids[0]})) == Texts{"two", "three"});
  const std::string conversation = with({}).at(0).at("conversation");
  CHECK(room.ask({"msg", "history", conversation}) == with({}));
  const Finished page = room.ctl({"msg", "history", conversation, "--limit", "2", "-o", "json"});
  CHECK_THAT(nlohmann::json::parse(page.out).at("warnings").at(0).get<std::string>(),
             Catch::Contains("--before " + ids[3]));
  room.ask({"group", "create", "lobby", "--owner", "dora"});
  room.ask({"msg", "send", "--from", "dora", "--group", "1001", "hello"});
  CHECK(texts(room.ask({"msg", "history", "--group", "1001"})) == Texts{"", "hello"});
}

TEST_CASE("a log that cannot be read back is refused with its exit code", "[ops][M17]") {
  CtlRoom room;
  people(room);
  const std::string id = send(room, "dora", "erik", "one");
  using Words = std::vector<std::string>;
  const std::pair<int, Words> cases[] = {
      {2, {"msg", "history"}},
      {2, {"msg", "history", "--with", "dora"}},
      {2, {"msg", "history", "--and", "dora"}},
      {2, {"msg", "history", "1", "--group", "1001"}},
      {2, {"msg", "history", "1", "2"}},
      {2, {"msg", "history", "0"}},
      {2, {"msg", "history", "-1"}},
      {2, {"msg", "history", "some"}},
      {2, {"msg", "history", "8589934592"}},
      {2, {"msg", "history", "1", "--limit", "1001"}},
      {2, {"msg", "history", "1", "--before", id, "--after", id}},
      {2, {"msg", "history", "1", "--before", "42"}},
      {2, {"msg", "history", "2", "--before", id}},
      {5, {"msg", "history", "4711"}},
      {5, {"msg", "history", "--group", "4711"}},
      {5, {"msg", "history", "--with", "dora", "--and", "fred"}},
      {5, {"msg", "history", "--with", "dora", "--and", "nobody"}},
      {2, {"msg", "recall"}},
      {2, {"msg", "recall", id}},
      {2, {"msg", "recall", "some", "--yes"}},
      {2, {"msg", "recall", "42", "--yes"}},
      {5, {"msg", "recall", "1073741999", "--yes"}},
      {5, {"msg", "recall", id, "1073741999", "--yes"}},
      {2, {"msg", "receipts"}},
      {5, {"msg", "receipts", "1073741999"}},
      {5, {"conversation", "ls", "nobody"}},
      {2, {"conversation", "ls"}},
      {5, {"presence", "show", "dora", "nobody"}},
      {2, {"presence", "show"}},
  };
  for (const auto& [code, words] : cases) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    INFO(line);
    const Finished done = room.ctl(words);
    CHECK(done.exit_code == code);
    CHECK(done.out.empty());
  }
  CHECK(texts(room.ask({"msg", "history", "1"})) == Texts{"one"});
}

TEST_CASE("an operator takes messages back as the dry run said, and everybody is told",
          "[ops][M28]") {
  CtlRoom room;
  people(room);
  const std::string one = send(room, "dora", "erik", "one");
  const std::string two = send(room, "dora", "erik", "two");
  ops::LineLink erik = log_in(room, "erik");
  for (int i = 0; i < 2; ++i) REQUIRE(erik.next_entry().ok());
  const std::vector<std::string> recall{"msg", "recall", two, one, two};
  const auto with = [&](const std::string& flag) {
    std::vector<std::string> words = recall;
    words.push_back(flag);
    return room.ask(words);
  };
  const auto plan = with("--dry-run");
  CHECK(texts(plan) == Texts{"one", "two"});
  CHECK(texts(room.ask({"msg", "history", "1"})) == Texts{"one", "two"});
  CHECK(with("--yes") == plan);
  const auto told = erik.next_entry();
  REQUIRE(told.ok());
  CHECK(told->kind == EntryKind::kRecall);
  CHECK(told->ref == Seq(1));
  CHECK(told->sender == kSystemUser);
  const auto after = room.ask({"msg", "history", "1"});
  CHECK(texts(after) == Texts{"", "", "", ""});
  CHECK(after.at(0).at("state") == "recalled");
  CHECK(after.at(2).at("kind") == "recall");
  CHECK(after.at(2).at("ref") == one);
  // Once is enough, and a change is no message.
  CHECK(room.ctl({"msg", "recall", one, "--yes"}).exit_code == 6);
  CHECK(room.ctl({"msg", "recall", after.at(2).at("id"), "--yes"}).exit_code == 2);
}

TEST_CASE("what was said in a group stays an operator's to take back when it is dissolved",
          "[ops][M28][P19]") {
  CtlRoom room;
  people(room);
  room.ask({"group", "create", "lobby", "--owner", "dora"});
  const std::string id =
      room.ask({"msg", "send", "--from", "dora", "--group", "1001", "insult"}).at("id");
  room.ask({"group", "dissolve", "1001", "--yes"});
  CHECK(room.ask({"msg", "recall", id, "--yes"}).size() == 1);
  ops::LineLink dora = log_in(room, "dora");
  REQUIRE(dora.ask("HISTORY group=1001").ok());
}

TEST_CASE("receipts tell an operator what they tell the sender", "[ops][M10][M30]") {
  CtlRoom room;
  people(room);
  const std::string id = send(room, "dora", "erik", "one");
  const auto before = room.ask({"msg", "receipts", id});
  CHECK(before.at("recipients") == 1);
  CHECK(before.at("delivered") == 0);
  ops::LineLink erik = log_in(room, "erik");
  REQUIRE(erik.next_entry().ok());
  REQUIRE(erik.ask("ACK " + id).ok());
  REQUIRE(erik.ask("READ " + id).ok());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto now = room.ask({"msg", "receipts", id});
  while (now.at("delivered") != 1 || now.at("read") != 1) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    now = room.ask({"msg", "receipts", id});
  }
  CHECK(now.at("receipts").at(0).at("user").at("name") == "erik");
  CHECK(now.at("receipts").at(0).at("readAtMs") != "0");
}

TEST_CASE("presence shows who is there, since when, and when others were last seen", "[ops][P8]") {
  CtlRoom room;
  people(room);
  CHECK(room.ask({"presence", "ls"}).empty());
  ops::LineLink dora = log_in(room, "dora");
  ops::LineLink fred = log_in(room, "fred", "laptop");
  const auto rows = room.ask({"presence", "ls"});
  REQUIRE(rows.size() == 2);
  CHECK(rows.at(0).at("user").at("name") == "dora");
  CHECK(rows.at(0).at("state") == "online");
  CHECK(rows.at(1).at("deviceNames") == "laptop");
  CHECK(room.ask({"presence", "ls", "--after", "1001"}) == nlohmann::json::array({rows.at(1)}));
  const Finished page = room.ctl({"presence", "ls", "--limit", "1", "-o", "json"});
  CHECK_THAT(nlohmann::json::parse(page.out).at("warnings").at(0).get<std::string>(),
             Catch::Contains("--after 1001"));
  REQUIRE(fred.ask("AWAY").ok());
  const auto shown = room.ask({"presence", "show", "fred", "erik"});
  REQUIRE(shown.size() == 2);
  CHECK(shown.at(0).at("seenAtMs") != "0");
  CHECK(shown.at(1).at("state") == "offline");
  CHECK(shown.at(1).at("sinceMs") == "0");
  CHECK(shown.at(1).at("devices").empty());
  // Nobody is there after a restart; when he was last seen is still known.
  room.stop_server();
  room.start_server();
  CHECK(room.ask({"presence", "ls"}).empty());
  const auto left = room.ask({"presence", "show", "fred"}).at(0);
  CHECK(left.at("state") == "offline");
  CHECK(left.at("sinceMs") != "0");
  CHECK(left.at("sinceMs") == left.at("seenAtMs"));
}

TEST_CASE("a user's conversations are listed as he sees them", "[ops][P22]") {
  CtlRoom room;
  people(room);
  send(room, "dora", "erik", "one");
  const std::string newest = send(room, "fred", "erik", "two");
  const auto rows = room.ask({"conversation", "ls", "erik"});
  REQUIRE(rows.size() == 2);
  CHECK(rows.at(0).at("name") == "fred");
  CHECK(rows.at(0).at("unread") == 1);
  CHECK(rows.at(0).at("last").at("text") == "two");
  CHECK(rows.at(1).at("name") == "dora");
  const auto below = room.ask({"conversation", "ls", "erik", "--before", newest});
  REQUIRE(below.size() == 1);
  CHECK(below.at(0).at("name") == "dora");
}
