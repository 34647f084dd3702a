// Connections to a real MariaDB: how often each is used, how many there are, how large it all is.
#include <iostream>

#include "server/store/sql/driver/mysql_driver.h"
#include "server/store/sql/size/database_size.h"
#include "server/telemetry/metrics.h"
#include "tests/store/running_storage.h"
#include "tests/support/mariadb_process.h"

namespace mpim::test {
namespace {

using testing::MariadbProcess;
using testing::shared_mariadb;
using Moment = std::chrono::steady_clock::time_point;

constexpr Sql kAsk = "SELECT 1 + ?";

// One transaction with one question, over a connection of its own or over one for all of them.
struct Asker {
  MysqlAddress address;
  std::unique_ptr<MysqlDriver> kept = {};

  void ask(bool reused) {
    std::unique_ptr<MysqlDriver> own;
    if (!reused || kept == nullptr)
      (reused ? kept : own) = MysqlDriver::open(address, {.read_only = true}).value();
    MysqlDriver& driver = reused ? *kept : *own;
    REQUIRE(driver.begin().ok());
    {
      Rows rows = driver.ask(kAsk, 1).value();
      REQUIRE(rows.next().value());
    }
    REQUIRE(driver.commit().ok());
  }
};

struct Measured {
  double ms;     // one transaction
  double reuse;  // of so many statements none needed a connection to be made
};

Measured measure(Asker& asker, bool reused, int count) {
  const uint64_t connects = counted(Counter::kStoreConnects);
  const uint64_t statements = counted(Counter::kStoreStatements);
  const Moment start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) asker.ask(reused);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  const auto made = static_cast<double>(counted(Counter::kStoreConnects) - connects);
  const auto run = static_cast<double>(counted(Counter::kStoreStatements) - statements);
  return {took.count() / count, 1 - made / run};
}

}  // namespace

TEST_CASE("a connection that is used again spares most of what a question costs",
          "[store][mysql][O4]") {
  MariadbProcess& server = shared_mariadb();
  Asker asker{mysql_address(server.url(server.make_database())).value()};
  constexpr int kTransactions = 500;
  const Measured once = measure(asker, false, kTransactions);
  const Measured reused = measure(asker, true, kTransactions);
  std::cerr << "a transaction over a connection of its own: " << once.ms
            << " ms; over one that is used again: " << reused.ms << " ms; reuse " << once.reuse
            << " and " << reused.reuse << "\n";
  CHECK(reused.reuse > 0.99);
  CHECK(once.reuse < 0.9);
  CHECK(reused.ms * 2 < once.ms);
}

TEST_CASE("connections are as many as the load needs, and rest after it", "[store][mysql][G48]") {
  MariadbProcess& server = shared_mariadb();
  Database db(Backend::kMysql);
  const std::string database = mysql_address(db.url()).value().database;
  const std::string question =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" + database + "'";
  db.close();
  StorageOptions options{.writer = {.look_every = Millis(50)}, .appenders = 1, .readers = 4};
  options.rest_after = Millis(300);
  Inbox inbox;
  const auto storage =
      ThreadedStorage::start([&] { return db.another(); },
                             [&] { return db.another({.read_only = true}); }, options)
          .value();
  int answered = 0;
  const auto read = [&](Gate* gate) {
    storage->read<bool>(
        [gate](Store& store) -> Result<bool> {
          if (gate != nullptr) gate->wait();
          return store.epoch().ok();
        },
        Reply<bool>(inbox, [&](const Result<bool>& done) { answered += done.ok() && *done; }));
  };
  CHECK(server.wait_for(question, "1"));  // the appender had nothing to do; the writer looks
  for (int round = 1; round <= 2; ++round) {
    std::array<Gate, 4> gates;
    for (Gate& gate : gates) read(&gate);
    for (Gate& gate : gates) gate.wait_until_entered();
    CHECK(server.wait_for(question, "5"));
    for (Gate& gate : gates) gate.open();
    inbox.run_until([&] { return answered == 4 * round; });
    CHECK(server.wait_for(question, "1"));
  }
  storage->stop();
}

TEST_CASE("connections that the server ended while they were idle cost no answer",
          "[store][mysql][G48][O5]") {
  MariadbProcess& server = shared_mariadb();
  Database db(Backend::kMysql);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  Inbox inbox;
  const auto storage = ThreadedStorage::start([&] { return db.another(); },
                                              [&] { return db.another({.read_only = true}); },
                                              {.writer = {}, .appenders = 1, .readers = 1})
                           .value();
  const auto ids = [&] {
    return server.sql("SELECT id FROM information_schema.processlist WHERE db IS NOT NULL");
  };
  for (int round = 0; round < 3; ++round) {
    std::vector<Result<AppendOutcomes>> sent;
    storage->append({draft(alice, bob, "x")}, kNow,
                    Reply<AppendOutcomes>(inbox, [&](Result<AppendOutcomes> outcomes) {
                      sent.push_back(std::move(outcomes));
                    }));
    inbox.run_until([&] { return !sent.empty(); });
    REQUIRE(sent.front().ok());
    CHECK(sent.front()->front().ok());
    std::optional<Result<bool>> read;
    storage->read<bool>([](Store& store) -> Result<bool> { return store.epoch().ok(); },
                        Reply<bool>(inbox, [&](Result<bool> done) { read = std::move(done); }));
    inbox.run_until([&] { return read.has_value(); });
    CHECK(read->ok());
    std::istringstream open(ids());
    for (std::string id; open >> id;) server.sql("KILL " + id);
  }
}

TEST_CASE("how large a database is at its server is known, and grows with it",
          "[store][mysql][O18]") {
  Database db(Backend::kMysql);
  const DatabaseSize size(StorePlace(mysql_address(db.url()).value()), Millis(20));
  const auto reaches = [&](uint64_t bytes) {
    const Moment until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (size.bytes() < bytes && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    return size.bytes() >= bytes;
  };
  REQUIRE(reaches(1));
  const uint64_t empty = size.bytes();
  db.plant("CREATE TABLE ballast (id INT PRIMARY KEY AUTO_INCREMENT, body MEDIUMBLOB)");
  db.plant("INSERT INTO ballast (body) SELECT REPEAT('x', 1000000) FROM seq_1_to_8");
  db.plant("ANALYZE TABLE ballast");
  CHECK(reaches(empty + 8'000'000));
}

}  // namespace mpim::test
