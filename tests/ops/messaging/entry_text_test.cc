// What an entry says in the tables of operators, and who has it.
#include "ops/msg/entry_text.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ops/smoke/line_link.h"
#include "server/contract/mpim/admin/v1/messages.pb.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

ops::LineLink log_in(CtlRoom& room, const std::string& name, const std::string& device) {
  auto link = ops::LineLink::open(room.server().line(),
                                  std::chrono::steady_clock::now() + std::chrono::seconds(30));
  REQUIRE(link.ok());
  REQUIRE(link->ask("LOGIN " + name + " sesame-open ack=client device=" + device).ok());
  return std::move(*link);
}

std::string text_of(const std::string& kind, const std::string& type, const std::string& file,
                    const std::string& text, const std::string& state = "as_sent") {
  admin::v1::Entry entry;
  entry.set_kind(kind);
  entry.set_type(type);
  entry.set_file(std::stoull(file));
  entry.set_text(text);
  entry.set_state(state);
  entry.set_ref(42);
  return ops::entry_text(ops::Value::message(entry));
}

std::string send(const CtlRoom& room, const std::string& from, const std::string& to) {
  return room.ask({"msg", "send", "--from", from, "--to", to, "hello"}).at("id");
}

}  // namespace

TEST_CASE("every kind of entry has its sentence", "[ops]") {
  CHECK(text_of("message", "text", "0", "hello") == "hello");
  CHECK(text_of("message", "image", "12", "") == "[image 12]");
  CHECK(text_of("message", "voice", "7", "listen") == "[voice 7] listen");
  CHECK(text_of("message", "text", "0", "", "recalled") == "[recalled]");
  CHECK(text_of("join", "text", "0", "1000") == "1000 joined");
  CHECK(text_of("recall", "text", "0", "") == "took back 42");
  CHECK(text_of("edit", "text", "0", "") == "edited 42");
  CHECK(text_of("mute", "text", "0", "1767225600000") ==
        "everybody is muted until 2026-01-01T00:00:00Z");
  CHECK(text_of("mute", "text", "0", "9223372036854775807") == "everybody is muted for good");
  CHECK(text_of("unmute", "text", "0", "") == "everybody may write again");
  CHECK(text_of("settings", "text", "0", "closed") == "joining is closed");
  CHECK(text_of("settings", "text", "0", "description") == "changed the description");
  CHECK(text_of("notice", "text", "0", "") == "took the notice down");
}

TEST_CASE("a log shows whom and what its events are about", "[ops][M17]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"alice", "bob"}) room.add_user(name);
  room.ask({"group", "create", "lobby", "--owner", "alice"});
  room.ask({"group", "add", "1001", "bob"});
  room.ask({"group", "role", "1001", "bob", "admin"});
  room.ask({"group", "mute", "1001", "bob"});
  room.ask({"group", "remove", "1001", "bob"});
  const std::string id =
      room.ask({"msg", "send", "--from", "alice", "--group", "1001", "insult"}).at("id");
  room.ask({"msg", "recall", id, "--yes"});
  const std::string log = room.ctl({"msg", "history", "--group", "1001"}).out;
  INFO(log);
  for (const std::string& line :
       {std::string("alice joined"), std::string("bob joined"), std::string("bob is admin"),
        std::string("bob is muted for good"), std::string("bob was removed"), "took back " + id})
    CHECK_THAT(log, Catch::Contains(line));
  CHECK_THAT(room.ctl({"conversation", "ls", "alice"}).out,
             Catch::Contains("took back " + id) || Catch::Contains("[recalled]"));
  const auto entries = room.ask({"msg", "history", "--group", "1001"});
  CHECK_FALSE(entries.at(0).contains("shown"));
  const std::string kick = entries.at(4).at("id");
  CHECK_THAT(room.ctl({"msg", "show", kick}).out,
             Catch::Matches("(.|\n)*WHOM +bob\n(.|\n)*") && !Catch::Contains("REF"));
  CHECK_THAT(room.ctl({"msg", "show", entries.back().at("id")}).out,
             Catch::Matches("(.|\n)*REF +" + id + "\n(.|\n)*"));
  CHECK_THAT(room.ctl({"msg", "show", id}).out, Catch::Matches("(.|\n)*STATE +recalled\n(.|\n)*"));
}

TEST_CASE("where nobody has a device or a session, that is said", "[ops]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"dora", "erik"}) room.add_user(name);
  const Finished shown = room.ctl({"msg", "show", send(room, "dora", "erik")});
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.err, Catch::Contains("it waits for their first log-in"));
  CHECK_THAT(room.ctl({"route", "show", "dora"}).err, Catch::Contains("dora has no session"));
  CHECK(room.ctl({"route", "ls"}).err.empty());
}

TEST_CASE("who has read a message has it, on every row", "[ops]") {
  CtlRoom room;
  room.start_server();
  for (const char* const name : {"dora", "erik"}) room.add_user(name);
  for (const char* const device : {"phone", "laptop"})
    REQUIRE(log_in(room, "erik", device).ask("QUIT").ok());
  REQUIRE(log_in(room, "dora", "desk").ask("QUIT").ok());
  const std::string id = send(room, "dora", "erik");
  ops::LineLink phone = log_in(room, "erik", "phone");
  REQUIRE(phone.next_entry().ok());
  REQUIRE(phone.ask("ACK " + id).ok());
  REQUIRE(phone.ask("READ " + id).ok());
  std::map<std::string, std::pair<bool, bool>> rows;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!rows["phone"].second) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    const auto shown = room.ask({"msg", "show", id});
    for (const auto& row : shown.at("deliveries"))
      rows[row.at("deviceName")] = {row.at("delivered"), row.at("read")};
  }
  CHECK(rows["laptop"] == std::pair(true, true));
  CHECK(rows["desk"].first == rows["desk"].second);  // the sender's, who sent it from elsewhere
}
