// A deployment moves between SQLite and MySQL, with real nodes on either side.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"
#include "tests/support/mariadb_process.h"

using namespace mpim::testing;

namespace {

// What people see of it: everything that clients remember something of.
nlohmann::json seen_by_people(CtlRoom& room) {
  nlohmann::json seen;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"user", "ls"},
           {"group", "ls"},
           {"offline", "ls"},
           {"device", "ls", "seed-000001"},
           {"conversation", "ls", "seed-000001"},
           {"msg", "history", "--with", "seed-000001", "--and", "seed-000002"}})
    seen.push_back(room.ask(words));
  return seen;
}

void seed(CtlRoom& room, const std::string& messages) {
  room.start_server();
  const Finished done =
      room.ctl({"seed", "--users", "20", "--groups", "3", "--messages", messages});
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
}

void stop(CtlRoom& room) { REQUIRE(room.server().stop().exit_code == 0); }

}  // namespace

TEST_CASE("a deployment moves to MySQL and back, and people notice nothing", "[ops][mysql]") {
  MariadbProcess& mysql = shared_mariadb();
  const std::string url = mysql.url(mysql.make_database());
  CtlRoom room;
  seed(room, "400");
  const auto before = seen_by_people(room);
  stop(room);
  const std::string file = "sqlite:" + room.data_dir();

  const auto plan = room.ask({"db", "copy", "--from", file, "--to", url, "--dry-run"});
  CHECK(plan.at("compared") == false);
  const auto copied = room.ask({"db", "copy", "--from", file, "--to", url});
  CHECK(copied.at("compared") == true);
  // The index of the file's log was behind: client ids came with its end.
  CHECK(copied.at("rows") >= plan.at("rows"));
  CHECK(copied.at("rowsBefore") == 0);
  CHECK(room.ask({"db", "copy", "--from", file, "--to", url}).at("rowsBefore") ==
        copied.at("rows"));

  room.settings("[store]\nurl = \"" + url + "\"\n");
  room.start_server();
  CHECK(seen_by_people(room) == before);
  room.add_user("newcomer");
  REQUIRE(
      room.ctl({"msg", "send", "--from", "newcomer", "--to", "seed-000001", "hello"}).exit_code ==
      0);
  const auto later = seen_by_people(room);
  stop(room);
  const Finished moved_on = room.ctl({"db", "copy", "--from", file, "--to", url});
  CHECK(moved_on.exit_code == 6);
  CHECK_THAT(moved_on.err, Catch::Contains("users: 21 rows"));
  CHECK(room.ask({"db", "verify", "--config", room.path("server.toml")}).empty());

  std::filesystem::remove_all(room.data_dir());
  REQUIRE(room.ctl({"db", "copy", "--from", url, "--to", "sqlite:" + room.data_dir() + "/mpim.db"})
              .exit_code == 0);
  room.settings("");
  room.start_server();
  CHECK(seen_by_people(room) == later);
  stop(room);
  CHECK(room.ask({"db", "verify"}).empty());
}

TEST_CASE("a copy that is killed again and again comes to its end", "[ops][mysql]") {
  MariadbProcess& mysql = shared_mariadb();
  const std::string database = mysql.make_database();
  const std::string url = mysql.url(database);
  CtlRoom room;
  seed(room, "3000");
  stop(room);
  const std::string file = "sqlite:" + room.data_dir();
  const std::string back = "sqlite:" + room.path("back.db");
  for (const auto& [from, to] : {std::pair(file, url), std::pair(url, back)}) {
    int killed = 0;
    for (int patience = 6;; patience += patience / 3) {
      Process copy(program_path("mpimctl"), {"db", "copy", "--from", from, "--to", to},
                   room.options());
      const Finished end = copy.finish(std::chrono::milliseconds(patience));
      if (!end.timed_out) {
        INFO(end.err);
        REQUIRE(end.exit_code == 0);
        break;
      }
      ++killed;
    }
    CHECK(killed > 3);
  }
  CHECK(room.ctl({"db", "copy", "--from", back, "--to", "sqlite:" + room.path("again.db")})
            .exit_code == 0);
}

TEST_CASE("a copy asks for what it needs", "[ops][mysql]") {
  CtlRoom room;
  const std::string url = shared_mariadb().url(shared_mariadb().make_database());
  CHECK(room.ctl({"db", "copy", "--from", url}).exit_code == 2);
  CHECK(room.ctl({"db", "copy", "--from", "postgres://x", "--to", url}).exit_code == 2);
  CHECK(room.ctl({"db", "copy", "--from", "sqlite:/nowhere/mpim.db", "--to", url}).exit_code == 5);
  CHECK_FALSE(std::filesystem::exists("/nowhere"));
  room.start_server();
  const Finished busy =
      room.ctl({"db", "copy", "--from", "sqlite:" + room.data_dir(), "--to", url});
  CHECK(busy.exit_code == 6);
  CHECK_THAT(busy.err, Catch::Contains("in use"));
}

TEST_CASE("a database is not copied onto itself", "[ops][mysql]") {
  CtlRoom room;
  MariadbProcess& mysql = shared_mariadb();
  const std::string database = mysql.make_database();
  mysql.sql("CREATE OR REPLACE USER mpim IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO mpim");
  seed(room, "5");
  stop(room);
  const std::string file = "sqlite:" + room.data_dir();
  REQUIRE(room.ctl({"db", "copy", "--from", file, "--to", mysql.url(database)}).exit_code == 0);
  const std::string other_way = mysql.url_by_port("mpim", "pw", database);
  for (const auto& [from, to] :
       {std::pair(file, file + "/../mpim/mpim.db"), std::pair(mysql.url(database), other_way)})
    for (const std::vector<std::string>& more :
         std::vector<std::vector<std::string>>{{}, {"--dry-run"}}) {
      std::vector<std::string> words{"db", "copy", "--from", from, "--to", to};
      words.insert(words.end(), more.begin(), more.end());
      const Finished refused = room.ctl(words);
      CHECK(refused.exit_code == 2);
      CHECK_THAT(refused.err, Catch::Contains("the same database"));
    }
}

TEST_CASE("a copy is given its password beside its arguments", "[ops][mysql]") {
  CtlRoom room;
  MariadbProcess& mysql = shared_mariadb();
  mysql.sql("CREATE OR REPLACE USER mover IDENTIFIED BY 'p@ss'; GRANT ALL ON *.* TO mover");
  seed(room, "5");
  stop(room);
  const auto words = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all{"db",     "copy",
                                 "--from", "sqlite:" + room.data_dir(),
                                 "--to",   mysql.url_by_port("mover", "", mysql.make_database())};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  CHECK(room.ctl(words({})).exit_code == 7);
  room.write_file("password", "p@ss\n");
  CHECK(room.ctl(words({"--password-file", room.path("password")})).exit_code == 0);
  StartOptions piped = room.options();
  piped.input = "p@ss\n";
  CHECK(room.ctl(words({"--password-stdin"}), piped).exit_code == 0);
  StartOptions told = room.options();
  told.environment["MPIM_PASSWORD"] = "p@ss";
  CHECK(room.ctl(words({}), told).exit_code == 0);
}

TEST_CASE("a copy shows on a terminal how far it is, and nowhere else", "[ops][mysql]") {
  CtlRoom room;
  seed(room, "2000");
  stop(room);
  StartOptions terminal = room.options();
  terminal.terminal = true;
  const std::vector<std::string> words{"db", "copy", "--from", "sqlite:" + room.data_dir(), "--to"};
  const auto copy = [&](const std::string& name, const StartOptions& options,
                        std::vector<std::string> more = {}) {
    auto all = words;
    all.push_back("sqlite:" + room.path(name));
    all.insert(all.end(), more.begin(), more.end());
    const Finished done = room.ctl(all, options);
    REQUIRE(done.exit_code == 0);
    return done.out + done.err;
  };
  CHECK_THAT(copy("a.db", terminal), Catch::Contains("copying") && Catch::Contains("s left"));
  CHECK_THAT(copy("b.db", terminal, {"--no-progress"}), !Catch::Contains("s left"));
  CHECK_THAT(copy("c.db", room.options()), !Catch::Contains("s left"));
}
