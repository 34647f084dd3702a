// Profiles, friends, blocks and devices, through a real mpimd.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

struct People {
  People() {
    room.start_server();
    for (const char* const name : {"alice", "bob"}) room.add_user(name);
  }
  int code(const std::vector<std::string>& words) { return room.ctl(words).exit_code; }
  CtlRoom room;
};

}  // namespace

TEST_CASE("an operator makes friends of two users, and ends it again", "[ops][P14]") {
  People people;
  CHECK(people.room.ask({"friend", "ls", "alice"}).empty());
  CHECK(people.room.ask({"friend", "add", "alice", "bob"}).at("state") == "friends");
  CHECK(people.code({"friend", "add", "bob", "alice"}) == 6);
  const auto friends = people.room.ask({"friend", "ls", "bob"});
  REQUIRE(friends.size() == 1);
  CHECK(friends[0].at("user").at("name") == "alice");
  CHECK(people.room.ask({"friend", "remove", "bob", "alice"}).at("state") == "none");
  CHECK(people.code({"friend", "remove", "bob", "alice"}) == 5);
  CHECK(people.code({"friend", "add", "bob", "bob"}) == 2);
  CHECK(people.code({"friend", "add", "bob", "nobody"}) == 5);
  CHECK(people.code({"friend", "add", "bob"}) == 2);
}

TEST_CASE("an operator blocks for a user: they are no friends, and cannot be made so",
          "[ops][P14][M7]") {
  People people;
  REQUIRE(people.code({"friend", "add", "alice", "bob"}) == 0);
  CHECK(people.room.ask({"block", "add", "alice", "bob"}).at("name") == "bob");
  CHECK(people.room.ask({"friend", "ls", "bob"}).empty());
  CHECK(people.code({"friend", "add", "alice", "bob"}) == 4);
  CHECK(people.room.ask({"block", "ls", "alice"}).size() == 1);
  CHECK(people.code({"block", "add", "alice", "bob"}) == 6);
  CHECK(people.code({"block", "remove", "alice", "bob"}) == 0);
  CHECK(people.code({"block", "remove", "alice", "bob"}) == 5);
  CHECK(people.code({"block", "add", "alice", "system"}) == 4);
}

TEST_CASE("a profile and who may write are set and shown", "[ops][P15]") {
  People people;
  CHECK(people.room.ask({"user", "show", "alice"}).at("directMessages") == "anyone");
  const auto set = people.room.ask(
      {"user", "set", "alice", "--display-name", "Alice L.", "--direct-messages", "friends"});
  CHECK(set.at("displayName") == "Alice L.");
  const auto shown = people.room.ask({"user", "show", "alice"});
  CHECK(shown.at("displayName") == "Alice L.");
  CHECK(shown.at("directMessages") == "friends");
  CHECK(people.room.ask({"user", "set", "alice", "--display-name", "-"}).at("displayName") == "");
  CHECK(people.code({"user", "set", "alice"}) == 2);
  CHECK(people.code({"user", "set", "alice", "--direct-messages", "nobody"}) == 2);
  CHECK(people.code({"user", "set", "nobody", "--about", "x"}) == 5);
}

TEST_CASE("a device is listed and revoked", "[ops][G30]") {
  People people;
  const std::string message = "hello";
  auto devices = people.room.ask({"device", "ls", "alice"});
  REQUIRE(devices.size() <= 1);
  CHECK(people.code({"device", "revoke", "alice", "phone"}) == 5);
  CHECK(people.code({"device", "ls", "nobody"}) == 5);
  if (devices.empty()) return;
  CHECK(people.room.ask({"device", "revoke", "alice", "default"}).at("name") == "default");
  CHECK(people.room.ask({"device", "ls", "alice"}).empty());
}
