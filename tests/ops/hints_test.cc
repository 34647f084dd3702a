// What a failed command tells its operator to do next.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

namespace {

using Words = std::vector<std::string>;

struct Failing {
  Words words;
  int exit_code;
  std::string says;
  std::string never;  // what would lead astray
};

void check(const CtlRoom& room, const Failing& failing) {
  const Finished done = room.ctl(failing.words);
  INFO(done.err);
  CHECK(done.exit_code == failing.exit_code);
  CHECK_THAT(done.err, Catch::Contains(failing.says) && !Catch::Contains(failing.never));
}

}  // namespace

TEST_CASE("a failure hints at what mends it, in words meant for an operator", "[ops][X15]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"alice", "bob"}) room.add_user(name);
  room.ask({"group", "create", "lobby", "--owner", "alice"});
  const std::string id = room.ask({"msg", "send", "--from", "alice", "--to", "bob", "hi"}).at("id");
  const std::string other =
      room.ask({"msg", "send", "--from", "alice", "--group", "1001", "hi"}).at("id");
  const std::string talk = std::to_string(std::stoull(id) >> 30);
  room.ask({"msg", "recall", id, "--yes"});
  room.ask({"block", "add", "alice", "bob"});
  const Failing cases[] = {
      {{"msg", "recall", id, "--yes"}, 6, "nothing is left to take back", "client id"},
      {{"group", "import", "missing.txt", "--group", "1001"}, 5, "- for stdin", "check the id"},
      {{"user", "erase", "nobody", "--verify", "--yes"}, 5, "user erased", "check the id"},
      {{"user", "erased", "alice", "--verify"}, 2, "has no name any more", "up to"},
      {{"help", "group", "mut"}, 2, "did you mean `mute`", "HELP lists"},
      {{"help", "grup"}, 2, "mpimctl help` lists", "HELP lists"},
      {{"friend", "add", "alice", "bob"}, 4, "to alice it says: you blocked", "error: you"},
      {{"block", "add", "alice", "bob"}, 6, "to alice it says: you blocked", "error: you"},
      {{"msg", "send", "--from", "bob", "--group", "1001", "x"}, 4, "to bob it says", "error: you"},
      {{"user", "export", "alice", "--out", room.path("server.toml/x")},
       1,
       "look at that disk",
       "dev status"},
      {{"msg", "history", "--group", "1001", "--before", id}, 2, "another conversation", "check"},
      {{"setting", "revert", "99"}, 5, "`mpimctl setting history`", "setting ls"},
      {{"setting", "revert", "x"}, 2, "mpimctl setting revert --help", "setting ls"},
      {{"setting", "set", "log.level=debug", "log.level=info"},
       2,
       "given two values",
       "setting ls"},
      {{"node", "drain", "nosuch", "--yes"}, 5, "`mpimctl node ls`", "check the id"},
      {{"msg", "history", "--with", "alice", "--and", "bob", "--after", other},
       2,
       "another conversation",
       "check"},
      {{"msg", "search", "--user", "alice", "--conv", talk, "--before", other, "hi"},
       2,
       "another conversation",
       "check"},
  };
  for (const Failing& failing : cases) check(room, failing);
}

TEST_CASE("no list takes a limit of nothing", "[ops]") {
  const CtlRoom room;
  for (const Words& words :
       {Words{"user", "ls"}, Words{"msg", "history", "1"}, Words{"msg", "receipts", "1"},
        Words{"msg", "search", "--user", "alice", "hi"}, Words{"conversation", "ls", "alice"},
        Words{"offline", "show", "--user", "alice"}, Words{"group", "show", "1001"},
        Words{"route", "ls"}, Words{"presence", "ls"}, Words{"user", "erased"}}) {
    Words with = words;
    with.insert(with.end(), {"--limit", "0"});
    check(room, {with, 2, "`--limit` takes a whole number from 1 up, not `0`", "mpimctl dev up"});
  }
}

TEST_CASE("who is not there can be passed over when users are removed", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.add_user("dora");
  CHECK(room.ctl({"user", "rm", "nobody", "dora", "--yes"}).exit_code == 5);
  CHECK(room.ask({"user", "ls"}).size() == 1);
  const Finished done =
      room.ctl({"user", "rm", "nobody", "dora", "--if-exists", "--yes", "-o", "json"});
  REQUIRE(done.exit_code == 0);
  const auto document = nlohmann::json::parse(done.out);
  CHECK(document.at("items").size() == 1);
  CHECK_THAT(document.at("warnings").at(0).get<std::string>(), Catch::Contains("nobody"));
  CHECK(room.ctl({"user", "rm", "dora", "--if-exists"}).exit_code == 0);  // nothing to ask about
}
