// What could not be stored: listed, shown, replayed and purged through a real mpimd.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/contract/intake_convert.h"
#include "server/core/base_16.h"
#include "server/store/sql/open.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;
using Catch::Matchers::Contains;

namespace {

struct Buried {
  std::string ticket;
  std::string bytes;
  int64_t days_ago = 0;
};

std::string packed(uint64_t from, uint64_t to, const std::string& text) {
  Draft draft;
  draft.to = UserId(to);
  draft.sender = UserId(from);
  draft.text = text;
  return packed_draft(draft);
}

// As a node of a cluster would have put them aside, in this order.
void bury(CtlRoom& room, const std::vector<Buried>& letters) {
  room.stop_server();
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const auto driver = std::move(open_sqlite_driver(sqlite_path(room.data_dir()))).value();
  for (const Buried& letter : letters)
    REQUIRE(driver
                ->run_script(
                    "INSERT INTO dead_letters (source, reason, body, at) VALUES ('intake " +
                    letter.ticket + "', 'INTERNAL the disk was odd', '" + in_base_16(letter.bytes) +
                    "', " + std::to_string(now - letter.days_ago * 86'400'000) + ")")
                .ok());
  room.start_server();
}

// dora is 1001, erik 1002.
void people(CtlRoom& room) {
  room.start_server();
  room.add_user("dora");
  room.add_user("erik");
}

nlohmann::json texts(const CtlRoom& room) {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& entry : room.ask({"msg", "history", "--with", "dora", "--and", "erik"}))
    all.push_back(entry.at("text"));
  return all;
}

}  // namespace

TEST_CASE("a dead letter is listed and shown as far as it can be read", "[ops][M54]") {
  CtlRoom room;
  people(room);
  std::string odd = packed(1001, 1002, "of a later version");
  odd += "\x28\x63";  // type = 99
  bury(room,
       {{"q0-5-0", packed(1001, 1002, "hello erik")}, {"q0-6-0", odd}, {"q0-7-0", "\x01junk"}});
  const auto list = room.ask({"deadletter", "ls"});
  REQUIRE(list.size() == 3);
  CHECK(list.at(0).at("from").at("name") == "dora");
  CHECK(list.at(0).at("ticket") == "q0-5-0");
  CHECK(list.at(0).at("text") == "");
  CHECK(room.ask({"deadletter", "ls", "--limit", "1", "--after", "1"}).at(0).at("id") == "2");
  const auto whole = room.ask({"deadletter", "show", "1"});
  CHECK(whole.at("text") == "hello erik");
  CHECK(whole.at("clientId") == "q0-5-0");
  CHECK(whole.at("reason") == "INTERNAL the disk was odd");
  const auto later = room.ask({"deadletter", "show", "2"});
  CHECK_THAT(later.at("unreadable"), Contains("an unknown type"));
  CHECK_THAT(later.at("parsed"), Contains("of a later version"));
  const Finished junk = room.ctl({"deadletter", "show", "3"});
  CHECK_THAT(junk.out, Contains("it cannot be parsed") && Contains("016a756e6b"));
  CHECK(room.ctl({"deadletter", "show", "9"}).exit_code == 5);
  CHECK(room.ctl({"deadletter", "show", "bob"}).exit_code == 2);
}

TEST_CASE("a replay stores each once, in its order, and says what became of it", "[ops][M54]") {
  CtlRoom room;
  people(room);
  bury(room, {{"q0-5-0", packed(1001, 1002, "one")},
              {"q0-6-0", "junk"},
              {"q0-7-0", packed(1001, 4000, "to nobody")},
              {"q0-8-0", packed(1001, 1002, "two")},
              {"q0-5-0", packed(1001, 1002, "one")}});
  const auto plan = room.ask({"deadletter", "replay", "--all", "--dry-run"});
  REQUIRE(plan.size() == 5);
  CHECK(plan.at(0).at("outcome") == "to be tried");
  CHECK(plan.at(1).at("code") == "BAD_REQUEST");
  CHECK(room.ctl({"msg", "history", "--with", "dora", "--and", "erik"}).exit_code == 5);
  const Finished done = room.ctl({"deadletter", "replay", "--all", "-o", "json"});
  CHECK(done.exit_code == 3);
  const auto rows = nlohmann::json::parse(done.out).at("items");
  REQUIRE(rows.size() == 5);
  CHECK(rows.at(0).at("outcome") == "stored");
  CHECK(rows.at(1).at("outcome") == "dead");
  CHECK(rows.at(2).at("code") == "NOT_FOUND");
  CHECK(rows.at(3).at("outcome") == "stored");
  // The same ticket put aside twice, as by two nodes: known by its client id.
  CHECK(rows.at(4).at("outcome") == "stored before");
  CHECK(rows.at(4).at("id") == rows.at(0).at("id"));
  CHECK(texts(room) == nlohmann::json{"one", "two"});
  CHECK(room.ask({"deadletter", "ls"}).size() == 2);
  CHECK(room.ctl({"deadletter", "replay", "--all"}).exit_code == 1);
  const Finished again = room.ctl({"deadletter", "replay", "1", "2"});
  CHECK(again.exit_code == 5);
  CHECK(texts(room).size() == 2);
  room.stop_server();
  const auto driver = std::move(open_sqlite_driver(sqlite_path(room.data_dir()))).value();
  auto audited = driver->ask(
      Sql{"SELECT COUNT(*), MAX(subject) FROM audit_log WHERE action = 'ReplayDeadLetter'"});
  REQUIRE(audited.ok());
  REQUIRE(audited->next().ok());
  CHECK(audited->count(0) == 3);
  CHECK(room.ctl({"db", "verify"}).exit_code == 0);
}

TEST_CASE("a purge drops what its plan shows, when somebody says so", "[ops][M54]") {
  CtlRoom room;
  people(room);
  bury(room, {{"q0-1-0", "old", 40}, {"q0-2-0", "old", 31}, {"q0-3-0", "new", 1}});
  CHECK(room.ctl({"deadletter", "purge"}).exit_code == 2);
  CHECK(room.ctl({"deadletter", "purge", "1", "--all", "--yes"}).exit_code == 2);
  const std::vector<std::string> older{"deadletter", "purge", "--older-than", "720h"};
  const auto with = [&](const std::string& flag) {
    std::vector<std::string> words = older;
    words.push_back(flag);
    return room.ask(words);
  };
  const auto plan = with("--dry-run");
  CHECK(plan.size() == 2);
  CHECK(room.ctl(older).exit_code == 2);
  CHECK(room.ask({"deadletter", "ls"}).size() == 3);
  CHECK(with("--yes") == plan);
  CHECK(room.ask({"deadletter", "ls"}).size() == 1);
  CHECK(room.ctl({"deadletter", "purge", "1", "3", "--yes"}).exit_code == 5);
  CHECK(room.ask({"deadletter", "purge", "3", "--yes"}).size() == 1);
  CHECK(room.ask({"deadletter", "purge", "--all", "--yes"}).empty());
}
