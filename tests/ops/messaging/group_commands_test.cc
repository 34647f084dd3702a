// What an operator changes about groups, through a real mpimd: each change reaches the members.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ops/smoke/line_link.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

ops::LineLink log_in(CtlRoom& room, const std::string& name) {
  auto link = ops::LineLink::open(room.server().line(),
                                  std::chrono::steady_clock::now() + std::chrono::seconds(30));
  REQUIRE(link.ok());
  REQUIRE(link->ask("LOGIN " + name + " sesame-open ack=client").ok());
  return std::move(*link);
}

// alice (1001) owns the lobby (1001), bob (1002) belongs to it, carol (1003), dave (1004) do not.
void lobby(CtlRoom& room) {
  room.start_server();
  for (const char* const name : {"alice", "bob", "carol", "dave"}) room.add_user(name);
  CHECK(room.ask({"group", "create", "lobby", "--owner", "alice"}).at("id") == "1001");
  CHECK(room.ask({"group", "add", "1001", "bob"}).at("added") == 1);
}

// The next entry of a kind that is made by the system's user.
Entry next_change(ops::LineLink& member, EntryKind kind) {
  while (true) {
    const auto entry = member.next_entry();
    REQUIRE(entry.ok());
    if (entry->kind == kind) return *entry;
  }
}

std::string role_of(const CtlRoom& room, const std::string& name) {
  const auto group = room.ask({"group", "show", "1001"});
  for (const auto& member : group.at("memberList"))
    if (member.at("user").at("name") == name) return member.at("role");
  return "none";
}

int exit_code(const CtlRoom& room, const std::vector<std::string>& words) {
  return room.ctl(words).exit_code;
}

}  // namespace

TEST_CASE("an operator renames a group, sets its notice and how it is joined, and all are told",
          "[ops][P16]") {
  CtlRoom room;
  lobby(room);
  ops::LineLink bob = log_in(room, "bob");
  const auto set = room.ask({"group", "set", "1001", "--name", "lounge", "--description", "ours",
                             "--notice", "be kind", "--join", "approval"});
  CHECK(set.at("changed") == true);
  CHECK(set.at("name") == "lounge");
  const Entry renamed = next_change(bob, EntryKind::kRename);
  CHECK(renamed.text == "lounge");
  CHECK(renamed.sender == kSystemUser);
  CHECK(next_change(bob, EntryKind::kSettings).text == "description");
  CHECK(next_change(bob, EntryKind::kNotice).text == "be kind");
  CHECK(next_change(bob, EntryKind::kSettings).text == "approval");
  const auto shown = room.ask({"group", "show", "1001"});
  CHECK(shown.at("notice") == "be kind");
  CHECK(shown.at("join") == "approval");
  CHECK(shown.at("description") == "ours");
  // What is so already is no error, and nothing happens.
  const auto again = room.ask({"group", "set", "1001", "--name", "lounge", "--join", "approval"});
  CHECK(again.at("changed") == false);
  CHECK(room.ask({"group", "set", "1001", "--no-notice", "--name", "lounge"}).at("notice") == "");
  CHECK(next_change(bob, EntryKind::kNotice).text.empty());
}

TEST_CASE("a change of a group that cannot be is refused with its exit code", "[ops][P16][P18]") {
  CtlRoom room;
  lobby(room);
  using Words = std::vector<std::string>;
  const std::pair<int, Words> cases[] = {
      {2, {"group", "set", "1001"}},
      {2, {"group", "set", "0", "--name", "x"}},
      {2, {"group", "set", "-1", "--name", "x"}},
      {2, {"group", "set", "99999999999999999999", "--name", "x"}},
      {2, {"group", "set", "4294967296", "--name", "x"}},
      {2, {"group", "set", "1001", "--name", std::string(65, 'x')}},
      {2, {"group", "set", "1001", "--name", "two\nlines"}},
      {2, {"group", "set", "1001", "--name", "a\xff"}},
      {2, {"group", "set", "1001", "--notice", std::string(2'049, 'x')}},
      {2, {"group", "set", "1001", "--notice", "x", "--no-notice"}},
      {2, {"group", "set", "1001", "--join", "never"}},
      {5, {"group", "set", "4711", "--name", "x"}},
      {2, {"group", "role", "1001", "bob"}},
      {2, {"group", "role", "1001", "bob", "king"}},
      {2, {"group", "role", "1001", "bob", "owner"}},
      {5, {"group", "role", "1001", "nobody", "admin"}},
      {4, {"group", "role", "1001", "carol", "admin"}},
      {4, {"group", "role", "1001", "alice", "member"}},
      {4, {"group", "transfer", "1001", "carol"}},
      {5, {"group", "transfer", "4711", "bob"}},
      {2, {"group", "mute", "1001", "bob", "--for", "0s"}},
      {2, {"group", "mute", "1001", "bob", "--for", "-5s"}},
      {2, {"group", "mute", "1001", "bob", "--for", "315360001s"}},
      {2, {"group", "mute", "1001", "bob", "carol"}},
      {4, {"group", "mute", "1001", "carol"}},
      {4, {"group", "unmute", "1001", "carol"}},
      {5, {"group", "mute", "4711"}},
      {2, {"group", "invite", "1001"}},
      {5, {"group", "invite", "1001", "nobody"}},
      {6, {"group", "invite", "1001", "bob"}},
      {4, {"group", "invite", "1001", "1"}},
      {5, {"group", "requests", "4711"}},
      {5, {"group", "approve", "1001", "carol"}},
      {5, {"group", "reject", "1001", "carol"}},
      {5, {"group", "approve", "4711", "carol", "--if-exists"}},
      {2, {"group", "dissolve", "1001"}},
      {5, {"group", "dissolve", "4711", "--yes"}},
      {5, {"group", "export", "4711"}},
  };
  for (const auto& [code, words] : cases) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    INFO(line.substr(0, 100));
    const Finished done = room.ctl(words);
    CHECK(done.exit_code == code);
    CHECK(done.out.empty());
    CHECK_THAT(done.err, Catch::StartsWith("error: "));
  }
  CHECK(room.ask({"group", "show", "1001"}).at("name") == "lobby");
  CHECK(role_of(room, "bob") == "member");
}

TEST_CASE("roles are given and the group handed over, as the owner might", "[ops][P18]") {
  CtlRoom room;
  lobby(room);
  ops::LineLink bob = log_in(room, "bob");
  CHECK(room.ask({"group", "role", "1001", "bob", "admin"}).at("changed") == true);
  CHECK(next_change(bob, EntryKind::kRole).text == "admin");
  CHECK(role_of(room, "bob") == "admin");
  CHECK(room.ask({"group", "role", "1001", "1002", "admin"}).at("changed") == false);
  CHECK(room.ask({"group", "transfer", "1001", "bob"}).at("owner").at("name") == "bob");
  CHECK(next_change(bob, EntryKind::kRole).text == "owner");
  CHECK(role_of(room, "alice") == "admin");
  CHECK(room.ask({"group", "transfer", "1001", "bob"}).at("changed") == false);
}

TEST_CASE("a change of one member answers with his row", "[ops][P18]") {
  CtlRoom room;
  lobby(room);
  const auto row = [&](const std::vector<std::string>& words) {
    const auto rows = room.ask(words).at("memberList");
    REQUIRE(rows.size() == 1);
    CHECK(rows.at(0).at("user").at("name") == "bob");
    return rows.at(0);
  };
  CHECK(row({"group", "mute", "1001", "bob"}).at("mutedUntilMs") == "9223372036854775807");
  CHECK(row({"group", "unmute", "1001", "bob"}).at("mutedUntilMs") == "0");
  CHECK(row({"group", "role", "1001", "1002", "admin"}).at("role") == "admin");
  CHECK(row({"group", "transfer", "1001", "bob"}).at("role") == "owner");
  CHECK_THAT(room.ctl({"group", "role", "1001", "alice", "member"}).out,
             Catch::Matches("(.|\n)*1001 +alice +member(.|\n)*"));
  CHECK_FALSE(room.ask({"group", "mute", "1001"}).contains("memberList"));
}

TEST_CASE("a mute by an operator meets the next message, and is lifted", "[ops][P18][P19]") {
  CtlRoom room;
  lobby(room);
  ops::LineLink bob = log_in(room, "bob");
  CHECK(room.ask({"group", "mute", "1001", "bob", "--for", "10m"}).at("changed") == true);
  CHECK(bob.ask("SENDGROUP 1001 hello").error().code == Code::kMuted);
  CHECK(room.ask({"group", "unmute", "1001", "bob"}).at("changed") == true);
  CHECK(bob.ask("SENDGROUP 1001 hello").ok());
  CHECK(room.ask({"group", "unmute", "1001", "bob"}).at("changed") == false);
  CHECK(room.ask({"group", "mute", "1001"}).at("mutedUntilMs") == "9223372036854775807");
  CHECK(bob.ask("SENDGROUP 1001 hello").error().code == Code::kMuted);
  CHECK(log_in(room, "alice").ask("SENDGROUP 1001 hush").ok());
  CHECK_THAT(room.ctl({"group", "show", "1001"}).out, Catch::Contains("for good"));
  CHECK(room.ask({"group", "unmute", "1001"}).at("mutedUntilMs") == "0");
  CHECK(bob.ask("SENDGROUP 1001 hello").ok());
}

TEST_CASE("who asks to join is let in or refused by an operator", "[ops][P17]") {
  CtlRoom room;
  lobby(room);
  room.ask({"group", "set", "1001", "--join", "approval"});
  ops::LineLink carol = log_in(room, "carol");
  ops::LineLink dave = log_in(room, "dave");
  CHECK(carol.ask("JOINGROUP 1001").ok());
  CHECK(dave.ask("JOINGROUP 1001").ok());
  const auto requests = room.ask({"group", "requests", "1001"});
  REQUIRE(requests.size() == 2);
  CHECK(requests.at(0).at("user").at("name") == "carol");
  CHECK(room.ask({"group", "requests", "1001", "--after", "1003"}).size() == 1);
  // All or nothing: alice does not ask.
  CHECK(exit_code(room, {"group", "approve", "1001", "carol", "alice"}) == 5);
  CHECK(room.ask({"group", "requests", "1001"}).size() == 2);
  CHECK(room.ask({"group", "approve", "1001", "carol", "alice", "--if-exists"}).at("settled") == 1);
  CHECK(next_change(carol, EntryKind::kJoin).subject == UserId(1003));
  CHECK(room.ask({"group", "reject", "1001", "dave"}).at("settled") == 1);
  CHECK(room.ask({"group", "requests", "1001"}).empty());
  CHECK(role_of(room, "carol") == "member");
  CHECK(role_of(room, "dave") == "none");
}

TEST_CASE("who is invited by an operator comes in however the group is joined", "[ops][P17]") {
  CtlRoom room;
  lobby(room);
  room.ask({"group", "set", "1001", "--join", "closed"});
  ops::LineLink carol = log_in(room, "carol");
  CHECK(carol.ask("JOINGROUP 1001").error().code == Code::kDenied);
  CHECK(room.ask({"group", "invite", "1001", "carol", "dave"}).at("invited") == 2);
  CHECK(exit_code(room, {"group", "invite", "1001", "carol"}) == 6);
  CHECK(room.ask({"group", "invite", "1001", "carol", "bob", "--if-not-exists"}).at("invited") ==
        0);
  CHECK(carol.ask("JOINGROUP 1001").ok());
  CHECK(role_of(room, "carol") == "member");
}

TEST_CASE("a group is dissolved as its dry run said, once", "[ops][P16][P19]") {
  CtlRoom room;
  lobby(room);
  ops::LineLink bob = log_in(room, "bob");
  REQUIRE(bob.ask("SENDGROUP 1001 \"last words\"").ok());
  const auto plan = room.ask({"group", "dissolve", "1001", "--dry-run"});
  CHECK(plan.at("changed") == true);
  CHECK(plan.at("members") == "2");
  CHECK(plan.at("dissolvedAtMs") == "0");
  REQUIRE(bob.ask("SENDGROUP 1001 \"not yet\"").ok());
  const auto done = room.ask({"group", "dissolve", "1001", "--yes"});
  CHECK(done.at("changed") == true);
  CHECK(done.at("dissolvedAtMs") != "0");
  CHECK(next_change(bob, EntryKind::kDissolve).sender == kSystemUser);
  CHECK(bob.ask("SENDGROUP 1001 hello").error().code == Code::kDissolved);
  CHECK(bob.ask("HISTORY group=1001").ok());
  for (const char* const flag : {"--yes", "--dry-run"})
    CHECK(exit_code(room, {"group", "dissolve", "1001", flag}) == 4);
  CHECK(room.ask({"group", "dissolve", "1001", "--yes", "--if-exists"}).at("changed") == false);
  CHECK(exit_code(room, {"group", "set", "1001", "--name", "x"}) == 4);
  CHECK(exit_code(room, {"group", "add", "1001", "carol"}) == 4);
}
