// Users and groups, through a real mpimd.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ops/smoke/line_link.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

ops::Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(30); }

Result<ReplyOk> log_in(CtlRoom& room, const std::string& name, const std::string& password) {
  auto link = ops::LineLink::open(room.server().line(), soon());
  REQUIRE(link.ok());
  return link->ask("LOGIN " + name + " " + password);
}

std::vector<std::string> names_in(const nlohmann::json& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.at("name"));
  return names;
}

}  // namespace

TEST_CASE("a user that was added can log in, and is listed and shown by name and id", "[ops]") {
  CtlRoom room;
  room.start_server();
  const std::string id = room.add_user("dora");
  CHECK(log_in(room, "dora", kSesame).ok());
  CHECK(names_in(room.ask({"user", "ls"})) == std::vector<std::string>{"dora"});
  CHECK(room.ask({"user", "show", "dora"}).at("id") == id);
  CHECK(room.ask({"user", "show", id}).at("name") == "dora");
  CHECK(room.ask({"user", "show", "@dora"}).at("devices").size() == 1);
}

TEST_CASE("a password comes from stdin or a file", "[ops]") {
  CtlRoom room;
  room.start_server();
  StartOptions options = room.options();
  options.input = "from-stdin-1\n";
  REQUIRE(room.ctl({"user", "add", "one", "--password-stdin"}, options).exit_code == 0);
  CHECK(log_in(room, "one", "from-stdin-1").ok());
  room.write_file("secret.txt", "from-file-22\r\nsecond line\n");
  REQUIRE(room.ctl({"user", "add", "two", "--password-file", "secret.txt"}).exit_code == 0);
  CHECK(log_in(room, "two", "from-file-22").ok());
  CHECK(room.ctl({"user", "add", "three", "--password-file", "missing.txt"}).exit_code == 2);
}

TEST_CASE("a name that is taken is a conflict unless it was allowed", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.add_user("dora");
  StartOptions options = room.options();
  options.environment["MPIM_PASSWORD"] = kSesame;
  const Finished taken = room.ctl({"user", "add", "dora", "-o", "json"}, options);
  CHECK(taken.exit_code == 6);
  CHECK(nlohmann::json::parse(taken.err).at("code") == "EXISTS");
  const Finished allowed =
      room.ctl({"user", "add", "dora", "erik", "--if-not-exists", "-o", "json"}, options);
  REQUIRE(allowed.exit_code == 0);
  const auto items = nlohmann::json::parse(allowed.out).at("items");
  CHECK(items.at(0).at("created") == false);
  CHECK(items.at(1).at("created") == true);
}

TEST_CASE("an unknown user is exit code 5", "[ops]") {
  CtlRoom room;
  room.start_server();
  CHECK(room.ctl({"user", "show", "nobody"}).exit_code == 5);
  CHECK(room.ctl({"user", "rm", "nobody", "--yes"}).exit_code == 5);
  CHECK(room.ctl({"group", "show", "4711"}).exit_code == 5);
  CHECK(room.ctl({"msg", "show", "82678120449"}).exit_code == 5);
}

TEST_CASE("a new password replaces the old one", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.add_user("dora");
  StartOptions options = room.options();
  options.environment["MPIM_PASSWORD"] = "another-one";
  REQUIRE(room.ctl({"user", "passwd", "dora"}, options).exit_code == 0);
  CHECK(log_in(room, "dora", "another-one").ok());
  CHECK_FALSE(log_in(room, "dora", kSesame).ok());
}

TEST_CASE("a disabled user cannot log in until enabled", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.add_user("dora");
  CHECK(room.ask({"user", "disable", "dora"}).at(0).at("disabled") == true);
  CHECK(log_in(room, "dora", kSesame).error().code == Code::kDisabled);
  CHECK(room.ask({"user", "enable", "dora"}).at(0).at("disabled") == false);
  CHECK(log_in(room, "dora", kSesame).ok());
}

TEST_CASE("several users of whom one is unknown is partial success", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.add_user("dora");
  const Finished some = room.ctl({"user", "disable", "dora", "nobody", "-o", "json"});
  CHECK(some.exit_code == 3);
  const auto document = nlohmann::json::parse(some.out);
  CHECK(document.at("items").size() == 1);
  CHECK(document.at("warnings").size() == 1);
}

TEST_CASE("removing users carries out exactly the plan of the dry run", "[ops]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"zoe", "adam", "mia"}) room.add_user(name);
  REQUIRE(log_in(room, "zoe", kSesame).ok());
  const std::vector<std::string> words{"user", "rm", "mia", "zoe", "zoe"};
  auto dry = words;
  dry.emplace_back("--dry-run");
  const auto plan = room.ask(dry);
  REQUIRE(plan.size() == 2);
  CHECK(plan.at(0).at("user").at("name") == "zoe");  // sorted by id
  CHECK(names_in(room.ask({"user", "ls"})).size() == 3);
  auto real = words;
  real.emplace_back("--yes");
  CHECK(room.ask(real) == plan);
  CHECK(names_in(room.ask({"user", "ls"})) == std::vector<std::string>{"adam"});
}

TEST_CASE("a list stops at its limit and says how to go on", "[ops]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"a1", "b1", "c1"}) room.add_user(name);
  const Finished two = room.ctl({"user", "ls", "--limit", "2", "-o", "json"});
  const auto document = nlohmann::json::parse(two.out);
  REQUIRE(document.at("items").size() == 2);
  REQUIRE(document.at("warnings").size() == 1);
  const std::string last = document.at("items").at(1).at("id");
  CHECK_THAT(document.at("warnings").at(0).get<std::string>(), Catch::Contains("--after " + last));
  CHECK(names_in(room.ask({"user", "ls", "--after", last})) == std::vector<std::string>{"c1"});
}

TEST_CASE("a group is created, filled, shown and emptied", "[ops]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"dora", "erik", "fay"}) room.add_user(name);
  const auto made =
      room.ask({"group", "create", "tea", "--owner", "dora", "--description", "at four"});
  CHECK(made.at("created") == true);
  const std::string id = made.at("id");
  const auto again = room.ask({"group", "create", "tea", "--owner", "dora", "--if-not-exists"});
  CHECK(again.at("created") == false);
  CHECK(again.at("id") == id);

  CHECK(room.ask({"group", "add", id, "erik", "fay"}).at("added") == 2);
  CHECK(room.ctl({"group", "add", id, "erik"}).exit_code == 6);
  CHECK(room.ask({"group", "add", id, "erik", "--if-not-exists"}).at("added") == 0);
  const auto shown = room.ask({"group", "show", id});
  CHECK(shown.at("description") == "at four");
  CHECK(shown.at("memberList").size() == 3);
  CHECK(room.ask({"group", "remove", id, "fay"}).at("removed") == 1);
  CHECK(room.ask({"group", "show", id}).at("memberList").size() == 2);
  CHECK(room.ask({"group", "ls"}).at(0).at("members") == "2");
}

TEST_CASE("who is logged in has a session and a route until kicked", "[ops][P3]") {
  CtlRoom room;
  room.start_server();
  room.add_user("dora");
  CHECK(room.ask({"route", "show", "dora"}).empty());
  auto link = ops::LineLink::open(room.server().line(), soon());
  REQUIRE(link.ok());
  REQUIRE(link->ask("LOGIN dora sesame-open device=phone").ok());

  const auto routes = room.ask({"route", "show", "dora"});
  REQUIRE(routes.size() == 1);
  CHECK(routes.at(0).at("node") == "local");
  CHECK(routes.at(0).at("sessions") == 1);
  CHECK(room.ask({"route", "ls"}) == routes);
  const auto sessions = room.ask({"session", "ls", "--user", "dora"});
  REQUIRE(sessions.size() == 1);
  CHECK(sessions.at(0).at("deviceName") == "phone");

  CHECK(room.ctl({"session", "kick", "dora", "--device", "tablet"}).exit_code == 5);
  CHECK(room.ask({"session", "kick", "dora", "--device", "phone"}).at("kicked") == 1);
  CHECK_FALSE(link->ask("PING").ok());
  CHECK(room.ask({"session", "ls"}).empty());
}

TEST_CASE("apply makes what is missing, and nothing the second time", "[ops]") {
  CtlRoom room;
  room.start_server();
  const std::string file = MPIM_SOURCE_DIR "/fixtures/demo.json";
  const auto first = room.ask({"apply", "-f", file});
  REQUIRE(first.size() == 4);
  for (const auto& change : first) CHECK(change.at("change") == "created");
  for (const auto& change : room.ask({"apply", "-f", file})) CHECK(change.at("change") == "none");
  CHECK(log_in(room, "alice", "demo-alice").ok());
}

TEST_CASE("apply refuses a wrong file before it does anything", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.write_file("wrong.json",
                  R"({"users": [{"name": "dora", "password": "x-x-x-x-x"}], "grups": []})");
  const Finished refused = room.ctl({"apply", "-f", "wrong.json"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("did you mean `groups`?"));
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("apply makes nothing of a file that names somebody unknown", "[ops]") {
  CtlRoom room;
  room.start_server();
  const auto refuses = [&](const std::string& file, const std::string& who) {
    room.write_file("people.json", file);
    const Finished refused = room.ctl({"apply", "-f", "people.json"});
    CHECK(refused.exit_code == 5);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, Catch::Contains("`" + who + "`"));
    CHECK(room.ask({"user", "ls"}).empty());
  };
  const std::string dora = R"({"users": [{"name": "dora", "password": "sesame-open"})";
  refuses(dora + R"(], "groups": [{"name": "tea", "owner": "nobody"}]})", "nobody");
  refuses(dora + R"(], "groups": [{"name": "tea", "owner": "Dora", "members": ["fay"]}]})", "fay");
  refuses(dora + R"(, {"name": "erik"}]})", "erik");
}

TEST_CASE("apply says what was done before the server refused the next thing", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.write_file("people.json", R"({"users": [{"name": "dora", "password": "sesame-open"},
                                               {"name": "erik", "password": "short"}]})");
  const Finished half = room.ctl({"apply", "-f", "people.json"});
  CHECK(half.exit_code == 3);
  CHECK_THAT(half.out, Catch::Contains("dora") && Catch::Contains("created"));
  CHECK_THAT(half.err, Catch::Contains("warning: stopped: "));
  CHECK(names_in(room.ask({"user", "ls"})) == std::vector<std::string>{"dora"});
}

TEST_CASE("what is said to do fits what is wrong", "[ops]") {
  CtlRoom room;
  const auto says = [&](const std::vector<std::string>& words, int exit_code, const char* remedy) {
    const Finished wrong = room.ctl(words);
    INFO(wrong.err);
    CHECK(wrong.exit_code == exit_code);
    CHECK_THAT(wrong.err, Catch::Contains(remedy) && !Catch::Contains("check the id"));
  };
  says({"apply", "-f", "/nope"}, 5, "--file FILE");
  says({"user", "ls", "-c", "/nope.toml"}, 5, "config init --config /nope.toml");
  room.start_server();
  for (const char* const name : {"dora", "erik"}) room.add_user(name);
  const std::string id = room.ask({"group", "create", "tea", "--owner", "dora"}).at("id");
  says({"group", "add", id, "dora"}, 6, "--if-not-exists");
  says({"group", "remove", id, "erik"}, 4, "--if-exists");
}
