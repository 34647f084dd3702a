// Migrations of a real MariaDB that fail or break off midway.
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "server/store/sql/driver/mysql_driver.h"
#include "server/store/sql/migrations.h"
#include "tests/support/mariadb_process.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

std::unique_ptr<MysqlDriver> open(const std::string& database) {
  auto driver = MysqlDriver::open(mysql_address(shared_mariadb().url(database)).value(), {});
  REQUIRE(driver.ok());
  return std::move(*driver);
}

std::string ask(const std::string& question) { return shared_mariadb().sql(question); }

std::string schema(const std::string& database) {
  return ask(
      "SELECT table_name, column_name, column_type, column_default, is_nullable "
      "FROM information_schema.columns WHERE table_schema = '" +
      database +
      "' ORDER BY 1, ordinal_position;"
      "SELECT table_name, index_name, seq_in_index, column_name FROM "
      "information_schema.statistics WHERE table_schema = '" +
      database + "' ORDER BY 1, 2, 3");
}

constexpr std::array kPlanted{
    Migration{1, "0001_fruit",
              "CREATE TABLE apples (id INT PRIMARY KEY);\n"
              "INSERT INTO apples VALUES (1);\n"
              "CREATE TABLE pears (id INT PRIMARY KEY) AS SELECT id FROM apples WHERE id > "
              "SLEEP(30);\n"
              "INSERT INTO apples VALUES (2);\n"}};

}  // namespace

TEST_CASE("a migration of MySQL that fails says where, and goes on from there", "[store][mysql]") {
  const std::string database = shared_mariadb().make_database();
  const auto driver = open(database);
  ask("CREATE TABLE " + database + ".`groups` (stranger INT)");
  for (int turn = 0; turn < 3; ++turn) {
    const auto failed = migrate(*driver, mysql_migrations());
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code == Code::kConflict);
    CHECK_THAT(failed.error().message, Catch::Contains("0001_init, statement ") &&
                                           Catch::Contains("'groups' already exists"));
    CHECK(require_newest(*driver, mysql_migrations()).error().code == Code::kVersion);
  }
  ask("DROP TABLE " + database + ".`groups`");
  REQUIRE(migrate(*driver, mysql_migrations()).ok());
  CHECK(require_newest(*driver, mysql_migrations()).ok());
  const std::string clean = shared_mariadb().make_database();
  REQUIRE(migrate(*open(clean), mysql_migrations()).ok());
  CHECK(schema(database) == schema(clean));
}

TEST_CASE("a statement that was run before a migration broke off is not run again",
          "[store][mysql]") {
  const std::string database = shared_mariadb().make_database();
  const bool finished = GENERATE(false, true);
  std::thread migrating([&] { CHECK_FALSE(migrate(*open(database), kPlanted).ok()); });
  const std::string sleeping =
      "FROM information_schema.processlist WHERE info LIKE 'CREATE TABLE pears%'";
  const bool seen = shared_mariadb().wait_for("SELECT COUNT(*) " + sleeping, "1");
  ask("KILL " + ask("SELECT id " + sleeping));
  migrating.join();
  REQUIRE(seen);
  // As the server would have left it, had it finished what nobody waited for any more.
  if (finished) ask("CREATE TABLE " + database + ".pears (id INT PRIMARY KEY)");
  ask("DELETE FROM " + database + ".apples");  // nothing to sleep for
  REQUIRE(migrate(*open(database), kPlanted).ok());
  CHECK(ask("SELECT GROUP_CONCAT(id) FROM " + database + ".apples") == "2\n");
  CHECK(ask("SELECT COUNT(*) FROM " + database + ".pears") == "0\n");
}

TEST_CASE("migrations that are killed again and again end in the same schema", "[store][mysql]") {
  const std::string clean = shared_mariadb().make_database();
  REQUIRE(migrate(*open(clean), mysql_migrations()).ok());
  const std::string database = shared_mariadb().make_database();
  const auto operator_of_it = open(database);
  int killed = 0;
  for (bool done = false; !done;) {
    const auto driver = open(database);
    const std::string id = driver->ask_once("SELECT CONNECTION_ID()").value().front();
    std::atomic<bool> ended = false;
    std::thread migrating([&] {
      done = migrate(*driver, mysql_migrations()).ok();
      ended = true;
    });
    // A little further each time.
    const std::string further = "SELECT COUNT(*) >= " + std::to_string(3 * killed + 2) +
                                " FROM information_schema.tables WHERE table_schema = DATABASE()";
    while (!ended && operator_of_it->ask_once(further).value().front() != "1") continue;
    static_cast<void>(operator_of_it->run_script("KILL " + id));
    migrating.join();
    if (!done) ++killed;
    REQUIRE(killed < 50);
  }
  CHECK(killed >= 3);
  CHECK(require_newest(*open(database), mysql_migrations()).ok());
  CHECK(schema(database) == schema(clean));
}
