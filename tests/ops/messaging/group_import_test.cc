// Members by the thousand, written to lines and read from them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "ops/group/member_lines.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

nlohmann::json shown(const Finished& done, int exit_code) {
  INFO(done.err);
  REQUIRE(done.exit_code == exit_code);
  return nlohmann::json::parse(done.out);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Names as seed gives them.
std::string many(uint32_t count) {
  std::string text;
  for (uint32_t i = 1; i <= count; ++i) {
    const std::string digits = std::to_string(i);
    text += "seed-" + std::string(6 - std::min<size_t>(6, digits.size()), '0') + digits + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("an export is read back into another group of the same kind", "[ops][P17]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"alice", "bob", "carol"}) room.add_user(name);
  room.ask({"group", "create", "lobby", "--owner", "alice", "--description", "ours"});
  room.ask({"group", "add", "1001", "bob", "carol"});
  room.ask({"group", "role", "1001", "carol", "admin"});
  room.ask({"group", "set", "1001", "--notice", "be kind", "--join", "closed"});
  const Finished exported = room.ctl({"group", "export", "1001"});
  REQUIRE(exported.exit_code == 0);
  const auto lines = lines_of(exported.out);
  REQUIRE(lines.size() == 4);
  CHECK(nlohmann::json::parse(lines.at(0)).at("kind") == "group");
  CHECK(nlohmann::json::parse(lines.at(3)).at("role") == "admin");
  CHECK(room.ask({"group", "export", "1001"}).size() == 4);

  // Into what is there already: nothing happens.
  room.write_file("lobby.jsonl", exported.out);
  const auto again = room.ask({"group", "import", "lobby.jsonl"});
  CHECK(again ==
        nlohmann::json::parse(R"({"group":"1001","lines":3,"added":0,"present":3,"unknown":0})"));

  // Into a new node, where ids differ: names count.
  CtlRoom other;
  other.start_server();
  for (const char* const name : {"zoe", "carol", "bob", "alice"}) other.add_user(name);
  other.write_file("lobby.jsonl", exported.out);
  CHECK(other.ask({"group", "import", "lobby.jsonl"}).at("added") == 2);
  const auto group = other.ask({"group", "show", "1001"});
  CHECK(group.at("name") == "lobby");
  CHECK(group.at("description") == "ours");
  CHECK(group.at("notice") == "be kind");
  CHECK(group.at("join") == "closed");
  CHECK(group.at("owner").at("name") == "alice");
  std::map<std::string, std::string> roles;
  for (const auto& member : group.at("memberList"))
    roles[member.at("user").at("name")] = member.at("role");
  CHECK(roles == std::map<std::string, std::string>{
                     {"alice", "owner"}, {"bob", "member"}, {"carol", "admin"}});
}

TEST_CASE("an import that meets an unknown user says how far it came, and is run again",
          "[ops][P17]") {
  CtlRoom room;
  room.start_server();
  REQUIRE(room.ctl({"seed", "--users", "1500"}).exit_code == 0);
  room.ask({"group", "create", "big", "--owner", "seed-000001"});
  room.write_file("members.txt", many(1'200) + "nobody\n" + "seed-001201, admin\n");
  const Finished stopped =
      room.ctl({"group", "import", "members.txt", "--group", "1001", "-o", "json"});
  const auto first = shown(stopped, 3);
  CHECK(first.at("item").at("lines") == 1'000);
  CHECK(first.at("item").at("added") == 999);
  CHECK_THAT(first.at("warnings").at(0).get<std::string>(), Catch::Contains("nobody"));
  CHECK(room.ask({"group", "show", "1001"}).at("members") == "1000");
  const auto second = shown(
      room.ctl({"group", "import", "members.txt", "--group", "1001", "--if-exists", "-o", "json"}),
      3);
  CHECK(second.at("item").at("added") == 201);
  CHECK(second.at("item").at("present") == 1'000);
  CHECK(second.at("item").at("unknown") == 1);
  // Of the first thousand nobody is unknown, and nothing was stored when the first batch fails.
  room.write_file("bad.txt", "nobody\nseed-001400\n");
  CHECK(room.ctl({"group", "import", "bad.txt", "--group", "1001"}).exit_code == 5);
  CHECK(room.ask({"group", "show", "1001"}).at("members") == "1201");
  StartOptions piped = room.options();
  piped.input = "seed-001300\n# a remark\n\n{\"user\":\"1301\"}\n";
  const Finished done = room.ctl({"group", "import", "-", "--group", "1001", "-o", "json"}, piped);
  CHECK(shown(done, 0).at("item").at("lines") == 2);
}

TEST_CASE("a file of members that is wrong is refused before anything is done, with its line",
          "[ops][P17]") {
  using ops::read_member_file;
  const std::pair<const char*, const char*> cases[] = {
      {"bob\nerik,king\n", "line 2: `king` is no role"},
      {"bob\ncarol,owner\n", "line 2: `owner` is no role: it is member or admin"},
      {"{\"user\":\"carol\",\"role\":\"owner\"}", "line 1: `owner` is no role"},
      {",admin", "line 1: nobody is named"},
      {"{\"user\":", "line 1: this is no object of JSON"},
      {"bob\n\n{\"user\":7}", "line 3: `user` is no text"},
      {"{\"role\":\"admin\"}", "line 1: `user` names nobody"},
      {"{\"user\":{\"id\":\"0\"}}", "line 1: `user` names nobody"},
      {"{\"kind\":\"user\",\"user\":\"bob\"}", "line 1: `user` is neither group nor member"},
      {"{\"kind\":\"group\"}\n{\"kind\":\"group\"}", "line 2: there is a group in the file"},
  };
  for (const auto& [text, why] : cases) {
    INFO(text);
    const auto read = read_member_file(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == Code::kBadRequest);
    CHECK_THAT(read.error().message, Catch::StartsWith(why));
  }
  CtlRoom room;
  room.start_server();
  room.add_user("alice");
  room.ask({"group", "create", "lobby", "--owner", "alice"});
  room.write_file("bad.txt", "alice\nalice,king\n");
  room.write_file("good.txt", "alice\n");
  room.write_file("empty.txt", "");
  CHECK(room.ctl({"group", "import", "bad.txt", "--group", "1001"}).exit_code == 2);
  CHECK(room.ctl({"group", "import", "empty.txt", "--group", "1001"}).exit_code == 2);
  CHECK(room.ctl({"group", "import", "good.txt"}).exit_code == 2);
  CHECK(room.ctl({"group", "import"}).exit_code == 2);
  CHECK(room.ctl({"group", "import", "missing.txt", "--group", "1001"}).exit_code == 5);
  CHECK(room.ctl({"group", "import", "good.txt", "--group", "4711"}).exit_code == 5);
  CHECK(room.ctl({"group", "import", "good.txt", "--group", "lobby"}).exit_code == 2);
}

TEST_CASE("an import names the line of who is unknown, and says what became of an owner",
          "[ops][P17]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"alice", "bob", "zoe"}) room.add_user(name);
  room.ask({"group", "create", "lobby", "--owner", "alice"});
  room.ask({"group", "create", "attic", "--owner", "zoe"});
  room.write_file("some.txt", "# who comes\nbob\nnobody\n");
  const Finished unknown = room.ctl({"group", "import", "some.txt", "--group", "1001"});
  CHECK(unknown.exit_code == 5);
  CHECK_THAT(unknown.err, Catch::Contains("line 3: there is no user named nobody") &&
                              Catch::Contains("--if-exists"));
  CHECK_THAT(room.ctl({"group", "import", "some.txt", "--group", "4711"}).err,
             Catch::Contains("mpimctl group ls"));
  room.write_file("empty.txt", "");
  const Finished empty = room.ctl({"group", "import", "empty.txt", "--group", "1001"});
  CHECK(empty.exit_code == 2);
  CHECK_THAT(empty.err, Catch::Contains("empty.txt is empty"));

  room.write_file("lobby.jsonl", room.ctl({"group", "export", "1001"}).out);
  CHECK(room.ctl({"group", "import", "lobby.jsonl"}).err.empty());
  const Finished moved = room.ctl({"group", "import", "lobby.jsonl", "--group", "1002"});
  CHECK(moved.exit_code == 0);
  CHECK_THAT(moved.err, Catch::Contains("line 2: the owner is taken for an admin"));
  const auto members = room.ask({"group", "show", "1002"}).at("memberList");
  CHECK(members.at(0).at("role") == "admin");
}

TEST_CASE("a hundred thousand members are imported in one go", "[ops][P17][X11]") {
  constexpr uint32_t kMany = 100'000;
  CtlRoom room;
  room.start_server();
  REQUIRE(room.ctl({"seed", "--users", std::to_string(kMany)}).exit_code == 0);
  room.ask({"group", "create", "crowd", "--owner", "seed-000001"});
  room.write_file("crowd.txt", many(kMany));
  const Finished done = room.ctl({"group", "import", "crowd.txt", "--group", "1001", "-o", "json"});
  const auto made = shown(done, 0).at("item");
  CHECK(made.at("added") == kMany - 1);
  CHECK(made.at("present") == 1);
  CHECK(room.ask({"group", "show", "1001", "--limit", "1"}).at("members") == std::to_string(kMany));
  CHECK(lines_of(room.ctl({"group", "export", "1001"}).out).size() == kMany + 1);
  // One entry for each thousand.
  CHECK(room.ask({"msg", "history", "--group", "1001", "--limit", "1000"}).size() == 101);
}
