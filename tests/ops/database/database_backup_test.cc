// A backup brings back what it has, into either kind of database, and says when it is damaged.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"
#include "tests/support/mariadb_process.h"

using namespace mpim::testing;

namespace {

struct BackupRoom : CtlRoom {
  explicit BackupRoom(bool on_mysql) {
    if (!on_mysql) return;
    url = shared_mariadb().url(shared_mariadb().make_database());
    const std::string store = "[store]\nurl = \"" + url + "\"\n";
    settings(store);
    write_file("server.toml", store);
    done({"migrate"});
  }
  // With the settings of its server.
  Finished db(std::vector<std::string> words) const {
    words.insert(words.begin(), "db");
    words.insert(words.end(), {"--config", path("server.toml"), "-o", "json"});
    return ctl(words);
  }
  nlohmann::json done(const std::vector<std::string>& words) const {
    const Finished end = db(words);
    INFO(end.err);
    REQUIRE(end.exit_code == 0);
    const auto document = nlohmann::json::parse(end.out);
    return document.contains("item") ? document.at("item") : document.at("items");
  }
  uint64_t users() const { return ask({"user", "ls"}).size(); }
  void say(const std::string& text) {
    REQUIRE(ctl({"msg", "send", "--from", "ann", "--to", "ann", text}).exit_code == 0);
  }

  // At a server: tables that only a part of a copy has.
  bool is_part() const {
    const std::string database =
        url.substr(0, url.find('?')).substr(url.rfind('/', url.find('?')) + 1);
    return shared_mariadb().sql("SHOW TABLES FROM " + database + " LIKE 'copy_progress'") != "";
  }

  std::string url;
};

}  // namespace

TEST_CASE("a backup is taken and brought back", "[ops][mysql][M68]") {
  BackupRoom room(GENERATE(false, true));
  room.start_server();
  room.add_user("ann");
  room.say("one");
  const std::string file = room.path("backup.db");
  // Beside the running node.
  const auto made = room.done({"backup", file});
  CHECK(made.at("rows") > 3);
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::others_read) ==
        std::filesystem::perms::none);
  CHECK(room.db({"backup", file}).exit_code == 6);
  room.say("two");
  room.add_user("bob");
  REQUIRE(room.server().stop().exit_code == 0);

  CHECK(room.done({"restore", file, "--dry-run"}).at("rows") == made.at("rows"));
  const Finished refused = room.db({"restore", file});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("--yes"));
  const auto restored = room.done({"restore", file, "--yes"});
  CHECK(restored.at("epoch").get<std::string>().size() == 16);
  CHECK(room.done({"verify"}).empty());
  // The epoch is new, and nothing else is.
  const auto again = room.done({"backup", room.path("second.db")});
  CHECK(again.at("rows") == made.at("rows"));

  room.start_server();
  CHECK(room.users() == 1);
  CHECK(room.ask({"msg", "history", "--with", "ann", "--and", "ann"}).size() == 1);
  room.say("three");
  CHECK(room.add_user("carol") == "1002");
}

TEST_CASE("a backup of one kind of database is restored into the other", "[ops][mysql][M68]") {
  BackupRoom from(false);
  from.start_server();
  from.add_user("ann");
  from.say("one");
  const std::string file = from.path("backup.db");
  from.done({"backup", file});
  BackupRoom into(true);
  into.start_server();
  REQUIRE(into.server().stop().exit_code == 0);
  into.done({"restore", file});  // an empty one needs no --yes
  into.start_server();
  CHECK(into.ask({"msg", "history", "--with", "ann", "--and", "ann"}).size() == 1);
  // A node that runs would give numbers again that the backup's messages have.
  const Finished beside = into.db({"restore", file, "--yes"});
  CHECK(beside.exit_code == 6);
  CHECK_THAT(beside.err, Catch::Contains("stop every node first"));
  CHECK(into.ask({"msg", "history", "--with", "ann", "--and", "ann"}).size() == 1);
  REQUIRE(into.server().stop().exit_code == 0);
  into.done({"backup", into.path("back.db")});
  from.stop_server();
  from.done({"restore", into.path("back.db"), "--yes"});
  from.start_server();
  CHECK(from.ask({"msg", "history", "--with", "ann", "--and", "ann"}).size() == 1);
}

TEST_CASE("a backup is verified without being restored, beside a running node",
          "[ops][mysql][M68]") {
  BackupRoom room(GENERATE(false, true));
  room.start_server();
  room.add_user("ann");
  for (int i = 0; i < 20; ++i) room.say("needle" + std::to_string(i));
  const std::string file = room.path("backup.db");
  const auto made = room.done({"backup", file});
  CHECK(room.done({"verify", file}).empty());
  for (const char* const beside : {"-wal", "-shm"})
    CHECK_FALSE(std::filesystem::exists(file + beside));
  CHECK_THAT(room.db({"verify", file}).err,
             Catch::Contains(std::to_string(made.at("rows").get<uint64_t>()) + " rows"));

  // A text that another one has taken the place of, and a row that is gone.
  const std::string whole = room.read_file("backup.db");
  std::string bytes = whole;
  const size_t at = bytes.find("needle7");
  REQUIRE(at != std::string::npos);
  bytes[at] = 'N';
  room.write_file("backup.db", bytes);
  const Finished damaged = room.db({"verify", file});
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.out, Catch::Contains("backup.checksum") && Catch::Contains("messages"));
  // Cut off in the middle: its pages are not what they should be.
  room.write_file("backup.db", whole.substr(0, whole.size() / 2));
  const Finished half = room.db({"verify", file});
  CHECK(half.exit_code == 1);
  CHECK_THAT(half.out, Catch::Contains("damaged"));
  for (const char* const beside : {"-wal", "-shm"})
    CHECK_FALSE(std::filesystem::exists(file + beside));
  CHECK(room.db({"verify", room.path("server.toml")}).exit_code != 0);
  CHECK(room.db({"verify", room.path("nowhere.db")}).exit_code == 5);
}

TEST_CASE("a restore that is killed again and again comes to its end", "[ops][mysql][M68]") {
  const bool on_mysql = GENERATE(false, true);
  BackupRoom from(false);
  from.start_server();
  REQUIRE(from.ctl({"seed", "--users", "20", "--groups", "3", "--messages", "3000"}).exit_code ==
          0);
  REQUIRE(from.server().stop().exit_code == 0);
  const std::string file = from.path("backup.db");
  from.done({"backup", file});

  BackupRoom into(on_mysql);
  into.write_file("server.toml", on_mysql ? "[store]\nurl = \"" + into.url + "\"\n" : "");
  into.start_server();
  into.add_user("old");
  REQUIRE(into.server().stop().exit_code == 0);
  int killed = 0;
  int parts = 0;
  for (int patience = 20;; patience += patience / 3) {
    Process restore(
        program_path("mpimctl"),
        {"db", "restore", file, "--yes", "--config", into.path("server.toml"), "-o", "json"},
        into.options());
    const Finished end = restore.finish(std::chrono::milliseconds(patience));
    if (!end.timed_out) {
      INFO(end.err);
      REQUIRE(end.exit_code == 0);
      break;
    }
    ++killed;
    // It is the old one, or whoever starts on it is told that it is a part.
    if (!on_mysql) CHECK(into.done({"verify"}).empty());
    if (!on_mysql || !into.is_part() || ++parts > 1) continue;
    const Finished refused =
        run(program_path("mpimd"), {"--config", into.path("server.toml")}, into.options());
    CHECK(refused.exit_code != 0);
    CHECK_THAT(refused.err, Catch::Contains("has not ended"));
    CHECK(into.db({"verify"}).exit_code != 0);
  }
  CHECK(killed > 3);
  CHECK((parts > 0) == on_mysql);
  CHECK(into.done({"verify"}).empty());
  into.start_server();
  CHECK(into.users() == 20);
}

TEST_CASE("a damaged backup changes nothing", "[ops][M68]") {
  BackupRoom room(false);
  room.start_server();
  room.add_user("ann");
  for (int i = 0; i < 20; ++i) room.say("needle" + std::to_string(i));
  REQUIRE(room.server().stop().exit_code == 0);
  const std::string file = room.path("backup.db");
  room.done({"backup", file});
  std::string bytes = room.read_file("backup.db");
  const size_t at = bytes.find("needle7");
  REQUIRE(at != std::string::npos);
  bytes[at] = 'N';
  room.write_file("backup.db", bytes);
  const Finished refused = room.db({"restore", file, "--yes"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("damaged") && Catch::Contains("messages"));
  for (const size_t part : {2, 10, 100}) {
    room.write_file("backup.db", bytes.substr(0, bytes.size() / part));
    const Finished cut = room.db({"restore", file, "--yes"});
    CHECK(cut.exit_code == 2);
    CHECK_THAT(cut.err,
               Catch::Contains("the backup is damaged") && Catch::Contains("use another backup"));
  }
  CHECK(room.done({"verify"}).empty());
  const Finished no_backup = room.db({"restore", room.data_dir() + "/mpim.db", "--yes"});
  CHECK(no_backup.exit_code == 5);
  CHECK_THAT(no_backup.err, Catch::Contains("no backup"));
}

TEST_CASE("months that are too old are listed and dropped at MySQL", "[ops][mysql][M21]") {
  BackupRoom room(true);
  const std::string store = "[store]\nurl = \"" + room.url + "\"\n";
  room.settings(store + "[retention]\nhistory_days = 30\ninterval_s = 0\n");
  room.start_server();
  room.add_user("ann");
  room.say("long ago");
  REQUIRE(room.server().stop().exit_code == 0);
  // As a log that was never parted, with an entry of July 2023.
  const std::string database = room.url.substr(14, room.url.find('?') - 14);
  shared_mariadb().sql("USE " + database + "; UPDATE messages SET at = 1690000000000;" +
                       " ALTER TABLE messages PARTITION BY RANGE (at)" +
                       " (PARTITION p_rest VALUES LESS THAN MAXVALUE)");
  room.done({"migrate"});
  room.start_server();
  room.say("today");
  const auto plan = room.done({"prune", "--dry-run"});
  REQUIRE(plan.at("parts").size() > 12);
  CHECK(plan.at("parts").at(0).at("name") == "p2023_07");
  CHECK(plan.at("parts").at(0).at("entries") == 1);
  room.done({"prune", "--yes"});
  CHECK(room.done({"prune", "--dry-run"}).at("parts").empty());
  CHECK(room.ask({"msg", "history", "--with", "ann", "--and", "ann"}).size() == 1);
  CHECK(room.done({"verify"}).empty());
}
