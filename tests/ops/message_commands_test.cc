// Messages and offline queues, through a real mpimd.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "ops/smoke/line_link.h"
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

std::string send(const CtlRoom& room, const std::string& text) {
  return room.ask({"msg", "send", "--from", "dora", "--to", "erik", text}).at("id");
}

// Acknowledgements are written a moment after they were answered.
void wait_until_level(const CtlRoom& room, const std::string& device) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!room.ask({"offline", "ls", "--user", "erik", "--device", device}).empty())
    REQUIRE(std::chrono::steady_clock::now() < deadline);
}

// Two users, and devices of erik's that have been logged in before.
void people(CtlRoom& room) {
  room.start_server();
  room.add_user("dora");
  room.add_user("erik");
  for (const char* const device : {"phone", "laptop"})
    REQUIRE(log_in(room, "erik", device).ask("QUIT").ok());
}

}  // namespace

TEST_CASE("a message sent by an operator arrives like any other", "[ops]") {
  CtlRoom room;
  people(room);
  ops::LineLink erik = log_in(room, "erik", "phone");
  const std::string id = send(room, "from the console");
  const auto entry = erik.next_entry();
  REQUIRE(entry.ok());
  CHECK(std::to_string(entry->id().value) == id);
  CHECK(entry->text == "from the console");
}

TEST_CASE("a notice is stored for everybody, once, and waits for who is away", "[ops][M8]") {
  CtlRoom room;
  people(room);
  const std::vector<std::string> broadcast{"msg", "broadcast", "closed at noon", "--client-id",
                                           "noon-1"};
  const auto with = [&](const std::string& flag) {
    std::vector<std::string> words = broadcast;
    words.push_back(flag);
    return room.ask(words);
  };
  CHECK(with("--dry-run").at("users") == 2);
  CHECK(room.ctl(broadcast).exit_code == 2);
  CHECK(with("--yes").at("stored") == 2);
  const auto again = with("--yes");
  CHECK(again.at("stored") == 0);
  CHECK(again.at("repeated") == 2);
  ops::LineLink erik = log_in(room, "erik", "phone");
  const auto entry = erik.next_entry();
  REQUIRE(entry.ok());
  CHECK(entry->sender == kSystemUser);
  CHECK(entry->text == "closed at noon");
  CHECK(room.ask({"msg", "broadcast", "you", "--client-id", "x", "--to", "dora", "--yes"})
            .at("stored") == 1);
  CHECK(room.ctl({"msg", "broadcast", "you", "--yes"}).exit_code == 2);
}

TEST_CASE("a message shows which devices have it", "[ops]") {
  CtlRoom room;
  people(room);
  const std::string id = send(room, "one");
  ops::LineLink erik = log_in(room, "erik", "phone");
  REQUIRE(erik.next_entry().ok());
  REQUIRE(erik.ask("ACK " + id).ok());
  REQUIRE(erik.ask("QUIT").ok());
  wait_until_level(room, "phone");
  const auto shown = room.ask({"msg", "show", id});
  CHECK(shown.at("text") == "one");
  CHECK(shown.at("from").at("name") == "dora");
  std::map<std::string, bool> delivered;
  for (const auto& delivery : shown.at("deliveries"))
    if (delivery.at("user").at("name") == "erik")
      delivered[delivery.at("deviceName")] = delivery.at("delivered");
  CHECK_FALSE(delivered.at("laptop"));
  CHECK(delivered.at("phone"));
}

TEST_CASE("a message of a removed user shows the user's id", "[ops]") {
  CtlRoom room;
  people(room);
  const std::string id = send(room, "farewell");
  const std::string dora = room.ask({"user", "show", "dora"}).at("id");
  REQUIRE(room.ctl({"user", "rm", "dora", "--yes"}).exit_code == 0);
  const Finished shown = room.ctl({"msg", "show", id});
  CHECK(shown.exit_code == 0);
  const size_t from = shown.out.find("FROM");
  REQUIRE(from != std::string::npos);
  CHECK_THAT(shown.out.substr(from, shown.out.find('\n', from) - from),
             Catch::EndsWith(" " + dora));
}

TEST_CASE("a user's messages are searched by an operator as that user sees them",
          "[ops][M19][X14]") {
  CtlRoom room;
  people(room);
  room.add_user("frida");
  const std::string one = send(room, "会议 at noon");
  const std::string two = send(room, "会议 at three");
  const auto search = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"msg", "search", "--user"};
    words.insert(words.end(), more.begin(), more.end());
    return room.ask(words);
  };
  const auto found = search({"erik", "会议"});
  REQUIRE(found.size() == 2);
  CHECK(found.at(0).at("id") == two);
  CHECK(found.at(0).at("from").at("name") == "dora");
  CHECK(found.at(1).at("text") == "会议 at noon");
  CHECK(search({"erik", "会议", "noon"}).at(0).at("id") == one);
  CHECK(search({"frida", "会议"}).empty());
  CHECK(search({"erik", "会议", "--until", "1"}).empty());
  CHECK(search({"erik", "会议", "--since", "1"}).size() == 2);
  CHECK(search({"erik", "会议", "--limit", "1"}).size() == 1);
  CHECK(search({"erik", "会议", "--before", two}).at(0).at("id") == one);
  const std::string conversation = found.at(0).at("conversation");
  CHECK(search({"dora", "noon", "--conv", conversation}).size() == 1);
  const Finished short_page = room.ctl({"msg", "search", "--user", "erik", "--limit", "1", "会议"});
  CHECK(short_page.err.find("--before " + two) != std::string::npos);
  CHECK(room.ctl({"msg", "search", "会议"}).exit_code == 2);
  CHECK(room.ctl({"msg", "search", "--user", "erik"}).exit_code == 2);
  CHECK(room.ctl({"msg", "search", "--user", "erik", "?"}).exit_code == 2);
  CHECK(room.ctl({"msg", "search", "--user", "nobody", "x"}).exit_code == 5);
  CHECK(room.ctl({"msg", "search", "--user", "4711", "x"}).exit_code == 5);
  CHECK(room.ctl({"msg", "search", "--user", "frida", "--conv", conversation, "x"}).exit_code == 5);
  CHECK(room.ctl({"msg", "search", "--user", "erik", "--conv", "8589934592", "x"}).exit_code == 2);
}

TEST_CASE("the index of words says how far it reaches", "[ops][M19]") {
  CtlRoom room;
  people(room);
  send(room, "one");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (room.ask({"msg", "index"}).at("indexed") != "1")
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  const auto index = room.ask({"msg", "index"});
  CHECK(index.at("enabled") == true);
  CHECK(index.at("entries") == "1");
  CHECK(index.at("lag") == "0");
  // Deleted while the server runs: it is made anew.
  std::filesystem::remove(room.data_dir() + "/search.db");
  send(room, "two");
  while (room.ask({"msg", "index"}).at("indexed") != "2")
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  CHECK(std::filesystem::exists(room.data_dir() + "/search.db"));
  CHECK(room.ask({"msg", "search", "--user", "erik", "one"}).size() == 1);
}

TEST_CASE("a client id stores one message however often it is sent", "[ops]") {
  CtlRoom room;
  people(room);
  const std::vector<std::string> words{"msg",  "send",        "--from", "dora", "--to",
                                       "erik", "--client-id", "c1",     "once"};
  const auto first = room.ask(words);
  const auto again = room.ask(words);
  CHECK(first.at("duplicate") == false);
  CHECK(again.at("duplicate") == true);
  CHECK(again.at("id") == first.at("id"));
  auto other = words;
  other.back() = "twice";
  CHECK(room.ctl(other).exit_code == 6);
}

TEST_CASE("who may not write somewhere is refused with the code's exit code", "[ops]") {
  CtlRoom room;
  people(room);
  const std::string group = room.ask({"group", "create", "tea", "--owner", "dora"}).at("id");
  CHECK(room.ctl({"msg", "send", "--from", "erik", "--group", group, "hi"}).exit_code == 4);
  CHECK(room.ctl({"msg", "send", "--from", "nobody", "--to", "erik", "hi"}).exit_code == 5);
  CHECK(room.ctl({"msg", "send", "--from", "erik", "hi"}).exit_code == 2);
  CHECK(room.ctl({"msg", "send", "--from", "erik", "--to", "dora", std::string(4097, 'x')})
            .exit_code == 2);
}

TEST_CASE("what waits is counted, listed and shown", "[ops][M11][M41]") {
  CtlRoom room;
  people(room);
  CHECK_THAT(room.ctl({"offline", "stats"}).err, Catch::Contains("1 user has no device yet"));
  for (const char* const text : {"one", "two", "three"}) send(room, text);
  CHECK(room.ask({"offline", "stats"}).at("pending") == "6");  // on two devices
  const auto rows = room.ask({"offline", "ls", "--user", "erik", "--device", "phone"});
  REQUIRE(rows.size() == 1);
  CHECK(rows.at(0).at("pending") == "3");
  CHECK(rows.at(0).at("peer").at("name") == "dora");
  const auto entries = room.ask({"offline", "show", "--user", "erik", "--device", "phone"});
  REQUIRE(entries.size() == 3);
  CHECK(entries.at(0).at("text") == "one");
  CHECK(entries.at(2).at("text") == "three");
  CHECK(entries.at(0).at("from").at("name") == "dora");
  CHECK(entries.at(0).at("subject").at("name") == "erik");
  CHECK(entries.at(0).at("group") == "0");
  CHECK(entries.at(0).at("type") == "text");
  CHECK(entries.at(0).at("atMs") != "0");
  CHECK(
      room.ask({"offline", "show", "--user", "erik", "--device", "phone", "--limit", "2"}).size() ==
      2);
  CHECK(room.ask({"offline", "stats"}).at("pending") == "6");  // looking moved nothing
  // What is confirmed waits no more, on that device alone.
  ops::LineLink phone = log_in(room, "erik", "phone");
  for (int i = 0; i < 3; ++i) REQUIRE(phone.next_entry().ok());
  REQUIRE(phone.ask("ACK *").ok());
  wait_until_level(room, "phone");
  CHECK(room.ask({"offline", "ls", "--user", "erik", "--device", "laptop"}).size() == 1);
}

TEST_CASE("a purge moves exactly the cursors of its dry run, and they are pushed no more",
          "[ops]") {
  CtlRoom room;
  people(room);
  send(room, "one");
  send(room, "two");
  const std::vector<std::string> words{"offline", "purge", "--user", "erik", "--device", "phone"};
  CHECK(room.ctl(words).exit_code == 2);  // nobody to ask
  auto dry = words;
  dry.emplace_back("--dry-run");
  const auto plan = room.ask(dry);
  REQUIRE(plan.size() == 1);
  CHECK(plan.at(0).at("to") == "2");
  CHECK(room.ask({"offline", "ls", "--user", "erik"}).size() == 2);
  auto real = words;
  real.emplace_back("--yes");
  CHECK(room.ask(real) == plan);

  const auto left = room.ask({"offline", "ls", "--user", "erik"});
  REQUIRE(left.size() == 1);
  CHECK(left.at(0).at("deviceName") == "laptop");
  ops::LineLink phone = log_in(room, "erik", "phone");
  const std::string third = send(room, "three");
  const auto entry = phone.next_entry();
  REQUIRE(entry.ok());
  CHECK(std::to_string(entry->id().value) == third);
}

TEST_CASE("a replay pushes entries again under the same ids", "[ops]") {
  CtlRoom room;
  people(room);
  const std::vector<std::string> ids{send(room, "one"), send(room, "two"), send(room, "three")};
  {
    ops::LineLink phone = log_in(room, "erik", "phone");
    for (int i = 0; i < 3; ++i) REQUIRE(phone.next_entry().ok());
    REQUIRE(phone.ask("ACK *").ok());
    REQUIRE(phone.ask("QUIT").ok());
  }
  wait_until_level(room, "phone");
  const std::vector<std::string> words{"offline",  "replay", "--user", "erik",
                                       "--device", "phone",  "--last", "2"};
  auto dry = words;
  dry.emplace_back("--dry-run");
  const auto plan = room.ask(dry);
  REQUIRE(plan.size() == 1);
  CHECK(plan.at(0).at("to") == "1");
  CHECK(room.ask(words) == plan);
  ops::LineLink phone = log_in(room, "erik", "phone");
  for (size_t i = 1; i < ids.size(); ++i) {
    const auto entry = phone.next_entry();
    REQUIRE(entry.ok());
    CHECK(std::to_string(entry->id().value) == ids[i]);
  }
  const auto more = phone.settle();
  REQUIRE(more.ok());
  CHECK(more->empty());
}

TEST_CASE("a filter that names nobody is refused before anything moves", "[ops]") {
  CtlRoom room;
  room.start_server();
  CHECK(room.ctl({"offline", "purge", "--yes"}).exit_code == 2);
  CHECK(room.ctl({"offline", "ls", "--device", "phone"}).exit_code == 2);
  CHECK(room.ctl({"offline", "replay", "--user", "erik"}).exit_code == 2);
  CHECK(room.ctl({"offline", "purge", "--user", "nobody", "--yes"}).exit_code == 5);
}
