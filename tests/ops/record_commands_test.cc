// What is kept, and for how long: pruning, exports and erasures, through a real mpimd.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "ops/smoke/line_link.h"
#include "server/store/sql/open.h"
#include "server/store/store.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

std::string send(const CtlRoom& room, const std::string& from, const std::string& to,
                 const std::string& text) {
  return room.ask({"msg", "send", "--from", from, "--to", to, text}).at("id");
}

ops::LineLink log_in_erik(CtlRoom& room) {
  auto link = ops::LineLink::open(room.server().line(),
                                  std::chrono::steady_clock::now() + std::chrono::seconds(30));
  REQUIRE(link.ok());
  return std::move(*link);
}

// With the job of retention left to the test.
void start(CtlRoom& room, const std::string& more = "") {
  room.settings("[retention]\ninterval_s = 0\n" + more);
  room.start_server();
}

void people(CtlRoom& room) {
  start(room);
  room.add_user("dora");
  room.add_user("erik");
  REQUIRE(log_in_erik(room).ask("LOGIN erik sesame-open ack=client device=desk").ok());
}

// An HTTP answer, head and body. `more` has lines of the head, each with its end.
std::string http(CtlRoom& room, const std::string& line, const std::string& more = "",
                 const std::string& body = "") {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto socket = ops::TimedSocket::connect(room.server().http(), until);
  REQUIRE(socket.ok());
  REQUIRE(socket
              ->write(line + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n" + more + "\r\n" + body,
                      until)
              .ok());
  std::string answer;
  while (true) {
    const auto piece = socket->read(until);
    REQUIRE(piece.ok());
    if (piece->empty()) return answer;
    answer += *piece;
  }
}

void upload(CtlRoom& room, const std::string& user, const std::string& bytes) {
  auto link = log_in_erik(room);
  const auto in = link.ask("LOGIN " + user + " sesame-open ack=client device=camera");
  REQUIRE(in.ok());
  const std::string head =
      "Authorization: Bearer " + in->fields.text("token") + "\r\nContent-Type: text/plain\r\n";
  REQUIRE_THAT(http(room, "POST /api/files?name=note.txt", head, bytes), Catch::Contains(" 201 "));
}

// As if everything had been sent so many days before.
void grow_older(CtlRoom& room, int days) {
  room.stop_server();
  const auto driver = std::move(open_sqlite_driver(sqlite_path(room.data_dir()))).value();
  REQUIRE(
      driver->run_script("UPDATE messages SET at = at - 86400000 * " + std::to_string(days)).ok());
}

}  // namespace

TEST_CASE("what waited for 30 days leaves the queues, with a plan before", "[ops][M15]") {
  CtlRoom room;
  people(room);
  for (int i = 0; i < 3; ++i) send(room, "dora", "erik", "old " + std::to_string(i));
  grow_older(room, 31);
  start(room);
  const std::string young = send(room, "dora", "erik", "young");
  CHECK(room.ask({"offline", "ls", "--user", "erik"}).at(0).at("pending") == "4");
  CHECK(room.ask({"db", "prune", "--dry-run"}).at("expired") == "3");
  CHECK(room.ask({"offline", "ls", "--user", "erik"}).at(0).at("pending") == "4");
  CHECK(room.ctl({"db", "prune"}).exit_code == 2);  // nobody can be asked
  const nlohmann::json done = room.ask({"db", "prune", "--yes"});
  CHECK(done.at("expired") == "3");
  CHECK(done.at("dropped") == "0");
  CHECK(room.ask({"offline", "ls", "--user", "erik"}).at(0).at("pending") == "1");
  ops::LineLink erik = log_in_erik(room);
  const auto in = erik.ask("LOGIN erik sesame-open ack=client device=desk");
  REQUIRE(in.ok());
  CHECK(in->fields.number("pending") == 1);
  CHECK(in->fields.number("unread") == 4);
  const auto pushed = erik.next_entry();
  REQUIRE(pushed.ok());
  CHECK(std::to_string(pushed->id().value) == young);
  CHECK(erik.told_missing(pushed->conversation, Seq(1), Seq(4)));
  CHECK(room.ask({"db", "prune", "--yes"}).at("expired") == "0");
  room.stop_server();
  CHECK(room.ctl({"db", "verify"}).exit_code == 0);
}

TEST_CASE("a prune goes on behind its timeout, is joined, counted and audited", "[ops][M15]") {
  constexpr int kMessages = 20;
  CtlRoom room;
  people(room);
  for (int i = 0; i < kMessages; ++i) send(room, "dora", "erik", "old");
  grow_older(room, 31);
  start(room, "step_entries = 1\nstep_pause_ms = 300\n");
  const Finished left = room.ctl({"db", "prune", "--yes", "--timeout", "2s", "-o", "json"});
  CHECK(left.exit_code == 8);
  INFO(left.err);
  CHECK(nlohmann::json::parse(left.err).at("code") == "DEADLINE");
  CHECK_THAT(left.err, Catch::Contains("the node goes on by itself"));
  CHECK(nlohmann::json::parse(left.out).at("item").at("finished") == false);
  const Finished joined = room.ctl({"db", "prune", "--yes", "-o", "json"});
  REQUIRE(joined.exit_code == 0);
  const auto whole = nlohmann::json::parse(joined.out);
  CHECK(whole.at("item").at("joined") == true);
  CHECK(whole.at("item").at("finished") == true);
  CHECK(whole.at("item").at("expired") == std::to_string(kMessages));
  CHECK_THAT(whole.at("warnings").at(0).get<std::string>(), Catch::Contains("was joined"));
  const auto again = room.ask({"db", "prune", "--yes"});
  CHECK(again.at("joined") == false);
  CHECK(again.at("expired") == "0");
  CHECK_THAT(http(room, "GET /metrics"), Catch::Contains("mpim_retention_runs_total 2\n") &&
                                             Catch::Contains("mpim_retention_expired_total 20\n"));
  room.stop_server();
  const auto store = std::move(open_sqlite_store(sqlite_path(room.data_dir()))).value();
  CHECK(std::ranges::count(store->audit().newest(100).value(), "Prune", &AuditRow::action) == 3);
}

TEST_CASE("history past its date is deleted when the settings say so", "[ops][M15]") {
  CtlRoom room;
  people(room);
  const std::string old = send(room, "dora", "erik", "old");
  grow_older(room, 31);
  start(room, "history_days = 30\n");
  const std::string young = send(room, "dora", "erik", "young");
  CHECK(room.ask({"db", "prune", "--dry-run"}).at("dropped") == "1");
  CHECK(room.ask({"db", "prune", "--yes"}).at("dropped") == "1");
  CHECK(room.ctl({"msg", "show", old}).exit_code == 5);
  CHECK(room.ctl({"msg", "show", young}).exit_code == 0);
  room.stop_server();
  CHECK(room.ctl({"db", "verify"}).exit_code == 0);
}

TEST_CASE("a person is exported as JSON lines", "[ops]") {
  CtlRoom room;
  people(room);
  send(room, "dora", "erik", "from dora");
  send(room, "erik", "dora", "from erik");
  const auto messages = [&](const std::vector<std::string>& words) {
    const Finished done = room.ctl(words);
    REQUIRE(done.exit_code == 0);
    std::vector<std::string> texts;
    std::istringstream lines(done.out);
    for (std::string line; std::getline(lines, line);) {
      const auto record = nlohmann::json::parse(line);
      if (record.at("record") == "message") texts.push_back(record.at("message").at("text"));
      if (record.at("record") == "user") CHECK(record.at("user").at("name") == "dora");
    }
    return texts;
  };
  CHECK(messages({"user", "export", "dora"}) == std::vector<std::string>{"from dora"});
  CHECK(messages({"user", "export", "dora", "--all"}) ==
        std::vector<std::string>{"from dora", "from erik"});
  CHECK(room.ctl({"user", "export", "nobody"}).exit_code == 5);
  const Finished filed = room.ctl({"user", "export", "dora", "--out", room.path("dora.jsonl")});
  CHECK(filed.exit_code == 0);
  CHECK(filed.out.empty());
  CHECK_THAT(room.read_file("dora.jsonl"), Catch::Contains("from dora"));
}

TEST_CASE("an export of a person is for its owner's eyes, and replaces nothing unasked", "[ops]") {
  CtlRoom room;
  people(room);
  upload(room, "dora", "my notes");
  upload(room, "erik", "his notes");
  const auto perms = [&] {
    return std::filesystem::status(room.path("dora.jsonl")).permissions() &
           std::filesystem::perms::all;
  };
  const auto own = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  const std::vector<std::string> words{"user", "export", "dora", "--out", room.path("dora.jsonl")};
  REQUIRE(room.ctl(words).exit_code == 0);
  CHECK(perms() == own);
  room.write_file("dora.jsonl", "mine");
  const Finished kept = room.ctl(words);
  CHECK(kept.exit_code == 6);
  CHECK_THAT(kept.err, Catch::Contains("--force replaces it"));
  CHECK(room.read_file("dora.jsonl") == "mine");
  auto forced = words;
  forced.emplace_back("--force");
  CHECK(room.ctl(forced).exit_code == 0);
  CHECK(perms() == own);
  std::vector<nlohmann::json> uploads;
  std::istringstream lines(room.read_file("dora.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto record = nlohmann::json::parse(line);
    if (record.at("record") == "upload") uploads.push_back(record.at("upload"));
  }
  REQUIRE(uploads.size() == 1);
  CHECK(uploads[0].at("name") == "note.txt");
  CHECK(uploads[0].at("mime") == "text/plain");
  CHECK(uploads[0].at("bytes") == "8");
  CHECK(uploads[0].at("hash").get<std::string>().size() == 64);
}

TEST_CASE("a person is erased, with plan, receipt and proof", "[ops]") {
  CtlRoom room;
  people(room);
  const std::string secret = send(room, "dora", "erik", "a secret word");
  const std::string kept = send(room, "erik", "dora", "an answer");
  const nlohmann::json plan = room.ask({"user", "erase", "dora", "--dry-run"});
  CHECK(plan.at("messages") == "1");
  CHECK(plan.at("conversations") == "1");
  CHECK(room.ctl({"user", "erase", "dora"}).exit_code == 2);
  const nlohmann::json receipt = room.ask({"user", "erase", "dora", "--yes"});
  CHECK(receipt.at("messages") == "1");
  CHECK(receipt.at("finishedAtMs") != "0");
  const std::string id = receipt.at("user");
  CHECK(room.ask({"msg", "show", secret}).at("text") == "");
  CHECK(room.ask({"msg", "show", kept}).at("text") == "an answer");
  CHECK(room.ask({"user", "erased"}).size() == 1);
  CHECK(room.ask({"user", "erased", id}).at(0).at("user") == id);
  CHECK(room.ctl({"user", "erased", id, "--verify"}).exit_code == 0);
  CHECK(room.ctl({"user", "erased", "--verify"}).exit_code == 2);
  CHECK(room.ctl({"user", "erased", "4711", "--verify"}).exit_code == 5);
  CHECK(room.ctl({"user", "erased", "no-number"}).exit_code == 2);
  CHECK(room.ctl({"user", "erase", "dora", "--yes"}).exit_code == 5);
  SECTION("nothing of it is found in the files, once the node has stopped") {
    room.server().stop();
    room.stop_server();
    CHECK(room.ctl({"db", "verify"}).exit_code == 0);
    const std::string database = room.read_file("state/mpim/mpim.db");
    CHECK(database.find("an answer") != std::string::npos);
    CHECK(database.find("a secret word") == std::string::npos);
  }
  SECTION("what was overlooked is told") {
    room.stop_server();
    {
      const auto driver = std::move(open_sqlite_driver(sqlite_path(room.data_dir()))).value();
      REQUIRE(driver->run_script("UPDATE messages SET text = 'left' WHERE seq = 1").ok());
    }
    room.start_server();
    const Finished told = room.ctl({"user", "erased", id, "--verify"});
    CHECK(told.exit_code == 1);
    CHECK_THAT(told.err, Catch::Contains("left: message " + secret));
  }
}
