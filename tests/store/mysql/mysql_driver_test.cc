// The driver of MySQL against a real MariaDB.
#include "server/store/sql/driver/mysql_driver.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "server/store/sql/migrations.h"
#include "tests/support/mariadb_process.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

constexpr Sql kMake =
    "CREATE TABLE things (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NULL,"
    " size BIGINT NOT NULL DEFAULT 0, body MEDIUMBLOB NULL, UNIQUE KEY by_name (name))";
constexpr Sql kAdd = "INSERT INTO things (name, size, body) VALUES (?, ?, ?)";
constexpr Sql kAll = "SELECT id, name, size, body FROM things ORDER BY id";
constexpr Sql kSum = "SELECT COUNT(*), SUM(size), MAX(name) FROM things";
constexpr Sql kLock = "SELECT size FROM things WHERE id = ? FOR UPDATE";
constexpr Sql kGrow = "UPDATE things SET size = size + 1 WHERE id = ?";
constexpr Sql kPut =
    "INSERT INTO things (name, size) VALUES (?, ?) {conflict name} size = {greatest}(size, "
    "{new size})";

std::unique_ptr<MysqlDriver> open(const std::string& database, const MysqlOptions& options = {}) {
  auto driver = MysqlDriver::open(mysql_address(shared_mariadb().url(database)).value(), options);
  REQUIRE(driver.ok());
  return std::move(*driver);
}

Error refused(const std::string& url, const MysqlOptions& options = {}) {
  const Result<MysqlAddress> address = mysql_address(url);
  REQUIRE(address.ok());
  auto driver = MysqlDriver::open(*address, options);
  REQUIRE_FALSE(driver.ok());
  return driver.error();
}

std::vector<int64_t> sizes(Driver& driver) {
  std::vector<int64_t> found;
  Rows rows = driver.ask(kAll).value();
  while (rows.next().value()) found.push_back(rows.number(2));
  return found;
}

}  // namespace

TEST_CASE("values of every kind go into MySQL and come back as they were", "[store][mysql]") {
  const auto driver = open(shared_mariadb().make_database());
  REQUIRE(driver->run(kMake).ok());
  const std::string bytes("\0\x01\xff'\"\\", 6);
  const std::string text = "明天 👩‍👩‍👧 'quoted'";
  const std::string large(1'000'000, 'x');
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kAdd, text.substr(0, 6), INT64_MAX, Bytes{bytes}).value() == 1);
  CHECK(driver->inserted_id() == 1);
  CHECK(driver->run(kAdd, OrNull{""}, INT64_MIN, Null{}).ok());
  CHECK(driver->run(kAdd, "", 0, large).ok());
  CHECK(driver->commit().ok());
  Rows rows = driver->ask(kAll).value();
  REQUIRE(rows.next().value());
  CHECK(rows.text(1) == "明天");
  CHECK(rows.number(2) == INT64_MAX);
  CHECK(rows.text(3) == bytes);
  REQUIRE(rows.next().value());
  CHECK(rows.null(1));
  CHECK(rows.text(1).empty());
  CHECK(rows.number(2) == INT64_MIN);
  CHECK(rows.null(3));
  REQUIRE(rows.next().value());
  CHECK_FALSE(rows.null(1));
  CHECK(rows.text(3) == large);
  CHECK_FALSE(rows.next().value());
  Rows sums = driver->ask(kSum).value();
  REQUIRE(sums.next().value());
  CHECK(sums.number(0) == 3);
  CHECK(sums.number(1) == -1);
  CHECK(sums.text(0) == "3");
}

TEST_CASE("a question is asked while the rows of another are read", "[store][mysql]") {
  const auto driver = open(shared_mariadb().make_database());
  REQUIRE(driver->run(kMake).ok());
  for (const char* const name : {"a", "b", "c"}) REQUIRE(driver->run(kAdd, name, 1, Null{}).ok());
  {
    Rows rows = driver->ask(kAll).value();
    while (rows.next().value()) CHECK(driver->run(kGrow, rows.number(0)).value() == 1);
  }
  CHECK(sizes(*driver) == std::vector<int64_t>{2, 2, 2});
}

TEST_CASE("what is undone in MySQL was never there", "[store][mysql]") {
  const auto driver = open(shared_mariadb().make_database());
  REQUIRE(driver->run(kMake).ok());
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kAdd, "kept", 1, Null{}).ok());
  REQUIRE(driver->savepoint().ok());
  CHECK(driver->run(kAdd, "undone", 1, Null{}).ok());
  driver->rollback_to_savepoint();
  CHECK(driver->run(kPut, "kept", 7).ok());
  CHECK(driver->run(kPut, "kept", 3).ok());
  CHECK(driver->commit().ok());
  CHECK(sizes(*driver) == std::vector<int64_t>{7});
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kAdd, "other", 1, Null{}).ok());
  driver->rollback();
  driver->rollback();
  CHECK(sizes(*driver) == std::vector<int64_t>{7});
}

TEST_CASE("an error in a transaction of MySQL dooms it, up to the savepoint", "[store][mysql]") {
  const auto driver = open(shared_mariadb().make_database());
  REQUIRE(driver->run(kMake).ok());
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kAdd, "one", 1, Null{}).ok());
  REQUIRE(driver->savepoint().ok());
  CHECK(driver->run(kAdd, "one", 1, Null{}).error().code == Code::kBusy);
  CHECK(driver->run(kAdd, "two", 1, Null{}).error().code == Code::kBusy);
  driver->rollback_to_savepoint();
  CHECK(driver->run(kAdd, "two", 2, Null{}).ok());
  CHECK(driver->run(kAdd, std::string(21, 'x'), 1, Null{}).error().code == Code::kInternal);
  CHECK_FALSE(driver->commit().ok());
  CHECK(sizes(*driver).empty());
}

TEST_CASE("a deadlock within a savepoint ends the transaction as one to be done again",
          "[store][mysql]") {
  const std::string database = shared_mariadb().make_database();
  const auto light = open(database);
  REQUIRE(light->run(kMake).ok());
  for (const char* const name : {"one", "two"}) REQUIRE(light->run(kAdd, name, 0, Null{}).ok());
  const auto heavy = open(database);
  REQUIRE(heavy->begin().ok());
  for (int i = 0; i < 50; ++i)  // so much that the other one is given up
    REQUIRE(heavy->run(kAdd, "x" + std::to_string(i), i, Null{}).ok());
  REQUIRE(heavy->run(kGrow, 2).ok());
  REQUIRE(light->begin().ok());
  REQUIRE(light->savepoint().ok());
  REQUIRE(light->run(kGrow, 1).ok());
  bool grown = false;
  std::thread crosswise([&] { grown = heavy->run(kGrow, 1).ok(); });
  REQUIRE(shared_mariadb().wait_for(
      "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", "1"));
  CHECK(light->run(kGrow, 2).error().code == Code::kBusy);
  crosswise.join();
  CHECK(grown);
  light->rollback_to_savepoint();
  CHECK(light->commit().error().code == Code::kBusy);
  CHECK(heavy->commit().ok());
}

TEST_CASE("a reader of MySQL keeps one state of it", "[store][mysql]") {
  const std::string database = shared_mariadb().make_database();
  const auto writer = open(database);
  REQUIRE(writer->run(kMake).ok());
  REQUIRE(writer->run(kAdd, "one", 1, Null{}).ok());
  const auto reader = open(database, {.read_only = true});
  REQUIRE(reader->begin().ok());
  REQUIRE(writer->run(kGrow, 1).ok());
  CHECK(sizes(*reader) == std::vector<int64_t>{1});
  CHECK_FALSE(reader->run(kGrow, 1).ok());
  reader->rollback();
  CHECK(sizes(*reader) == std::vector<int64_t>{2});
}

TEST_CASE("of two transactions of MySQL that lock each other out one is told to try again",
          "[store][mysql]") {
  const std::string database = shared_mariadb().make_database();
  const auto one = open(database);
  REQUIRE(one->run(kMake).ok());
  for (const char* const name : {"a", "b"}) REQUIRE(one->run(kAdd, name, 0, Null{}).ok());
  const auto locks = [](Driver& driver, int64_t id) -> Result<int64_t> {
    MPIM_TRY(Rows rows, driver.ask(kLock, id));
    MPIM_CHECKED(rows.next());
    return rows.number(0);
  };
  const auto two = open(database);
  REQUIRE(one->begin().ok());
  REQUIRE(two->begin().ok());
  REQUIRE(locks(*one, 1).ok());
  REQUIRE(locks(*two, 2).ok());
  Result<int64_t> second = Error{Code::kInternal, "was not asked"};
  std::thread other([&] { second = locks(*two, 1); });
  const Result<int64_t> first = locks(*one, 2);
  other.join();
  REQUIRE(first.ok() != second.ok());
  CHECK((first.ok() ? second : first).error().code == Code::kBusy);
  Driver& won = first.ok() ? *one : *two;
  CHECK(won.run(kGrow, 1).ok());
  CHECK(won.commit().ok());
}

TEST_CASE("a connection to MySQL that was killed is made again, without a failed transaction",
          "[store][mysql][O5][G48]") {
  MariadbProcess& server = shared_mariadb();
  const std::string database = server.make_database();
  const auto driver = open(database);
  REQUIRE(driver->run(kMake).ok());
  const auto kill = [&] {
    server.sql(
        "SELECT CONCAT('KILL ', id) INTO @kill FROM information_schema.processlist WHERE "
        "db = '" +
        database + "'; EXECUTE IMMEDIATE @kill");
  };
  kill();
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kAdd, "one", 1, Null{}).ok());
  CHECK(driver->commit().ok());
  kill();
  CHECK(sizes(*driver) == std::vector<int64_t>{1});
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kGrow, 1).ok());
  kill();
  CHECK(driver->run(kGrow, 1).error().code == Code::kBusy);
  CHECK_FALSE(driver->commit().ok());
  REQUIRE(driver->begin().ok());
  CHECK(driver->run(kGrow, 1).ok());
  CHECK(driver->commit().ok());
  CHECK(sizes(*driver) == std::vector<int64_t>{2});
}

TEST_CASE("a MySQL that stands still is waited for as long as was said",
          "[store][mysql][O29][O5]") {
  MariadbProcess& server = shared_mariadb();
  const std::string database = server.make_database();
  const auto patient = open(database);
  REQUIRE(patient->run(kMake).ok());
  const auto driver =
      open(database, {.connect_timeout = Millis(1'000), .answer_timeout = Millis(1'000)});
  REQUIRE(driver->begin().ok());
  REQUIRE(driver->run(kAdd, "one", 1, Null{}).ok());
  server.process().signal(SIGSTOP);
  const std::string stat = "/proc/" + std::to_string(server.process().pid()) + "/stat";
  for (std::string seen; seen.find(") T") == std::string::npos;) {
    std::ifstream now(stat);
    REQUIRE(std::getline(now, seen));
  }
  const Error late = driver->run(kAdd, "two", 1, Null{}).error();
  const Error again = driver->commit().error();
  const Result<void> begun = driver->begin();  // nobody answers at all
  server.process().signal(SIGCONT);
  CHECK(late.code == Code::kBusy);
  CHECK(again.code == Code::kBusy);
  CHECK(begun.error().code == Code::kUnavailable);
  CHECK(sizes(*patient).empty());
  REQUIRE(driver->begin().ok());
  REQUIRE(driver->run(kAdd, "three", 3, Null{}).ok());
  CHECK(driver->commit().ok());
}

TEST_CASE("a MySQL that cannot be used says why, and what to do", "[store][mysql]") {
  MariadbProcess& server = shared_mariadb();
  const std::string database = server.make_database();
  server.sql("CREATE USER IF NOT EXISTS ann@127.0.0.1 IDENTIFIED BY 'p@ss/word'; GRANT ALL ON " +
             database + ".* TO ann@127.0.0.1");
  REQUIRE(MysqlDriver::open(
              mysql_address(server.url_by_port("ann", "p%40ss%2Fword", database)).value(), {})
              .ok());
  const auto told = [](const Error& error, const std::string& what) {
    INFO(error.message);
    CHECK(error.code == Code::kUnavailable);
    CHECK_THAT(error.message, Catch::Contains(what));
    CHECK_THAT(error.message, !Catch::Contains("word@"));
  };
  told(refused(server.url_by_port("ann", "wrong", database)), "user and password");
  told(refused(server.url("nothing")), "CREATE DATABASE");
  told(refused("mysql://root@127.0.0.1:1/mpim"), "is it running");
  told(refused("mysql://root@/mpim?socket=/nowhere.sock"), "is it running");
  server.sql("CREATE DATABASE IF NOT EXISTS old CHARACTER SET latin1");
  told(refused(server.url("old")), "ALTER DATABASE old CHARACTER SET utf8mb4");
  server.sql("SET GLOBAL read_only = 1");
  const Error read_only = refused(server.url(database));
  const bool readable =
      MysqlDriver::open(mysql_address(server.url(database)).value(), {.read_only = true}).ok();
  server.sql("SET GLOBAL read_only = 0");
  told(read_only, "read-only");
  CHECK(readable);
  REQUIRE(migrate(*open(database), mysql_migrations()).ok());
  server.sql("CREATE USER IF NOT EXISTS reader@127.0.0.1 IDENTIFIED BY 'x'; GRANT SELECT ON " +
             database + ".* TO reader@127.0.0.1");
  told(refused(server.url_by_port("reader", "x", database)), "GRANT ALL on the database");
}

TEST_CASE("an address of MySQL is read in every form", "[store][mysql]") {
  const MysqlAddress all = mysql_address("mysql://u%40x:p%3aw@db.example:3307/mpim").value();
  CHECK(all.user == "u@x");
  CHECK(all.password == "p:w");
  CHECK(all.host == "db.example");
  CHECK(all.port == 3307);
  CHECK(all.database == "mpim");
  CHECK(all.text() == "mysql://u@x@db.example:3307/mpim");
  CHECK(mysql_address("mysql://u@[::1]/mpim")->host == "::1");
  CHECK(mysql_address("mysql://u:p@h/mpim")->port == 3306);
  CHECK(mysql_address("mysql://u@/mpim?socket=/run/a%20b.sock")->socket == "/run/a b.sock");
  for (const char* const wrong :
       {"", "sqlite:x", "mysql://", "mysql://h/mpim", "mysql://@h/mpim", "mysql://u@h",
        "mysql://u@h/", "mysql://u@/mpim", "mysql://u@h:0/mpim", "mysql://u@h:x/mpim",
        "mysql://u@h:65536/mpim", "mysql://u@[::1/mpim", "mysql://u@[::1]x/mpim",
        "mysql://u%4@h/mpim", "mysql://u%00@h/mpim", "mysql://u@h/a b", "mysql://u@h/mpim?x=1",
        "mysql://u@h/mpim?socket=/s", "mysql://u@h/mpim?socket="}) {
    CAPTURE(wrong);
    const auto refused = mysql_address(wrong);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::kBadRequest);
  }
}
