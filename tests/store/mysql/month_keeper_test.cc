// A log whose parts are made and dropped while nodes write and read.
#include "server/store/sql/partitions/month_keeper.h"

#include <atomic>
#include <thread>

#include "server/store/sql/partitions/month_parts.h"
#include "server/telemetry/metrics.h"
#include "tests/store/running_storage.h"
#include "tests/store/verify/sound.h"
#include "tests/support/mariadb_process.h"

namespace mpim::test {
namespace {

constexpr Timestamp kSeptember{1'693'526'400'000};  // 2023-09-01
constexpr Millis kDay = std::chrono::hours(24);
constexpr int kMonths = 40;
// The server ends a snapshot in which nobody asks for long: parts may take longer to make.
const StoreOptions kPatientReader{.read_only = true, .answer_timeout = Millis(120'000)};

// Talk of two people at a server, as a node has it. Each round is 31 days after the last one.
struct Talk {
  Talk() {
    alice = db.user("alice");
    bob = db.user("bob");
    storage = ThreadedStorage::start([this] { return db.another(); },
                                     [this] { return db.another(kPatientReader); },
                                     {.writer = {}, .appenders = 2})
                  .value();
  }
  static Timestamp at(int round) { return kSeptember + round * 31 * kDay; }

  template <class T>
  void check(const Result<T>& answer) {
    ++answers;
    if (!answer.ok()) refused.push_back(answer.error().message);
  }
  void send(int round) {
    ++asked;
    const bool from_alice = asked % 2 == 0;
    storage->append(
        {draft(from_alice ? alice : bob, from_alice ? bob : alice, "x", std::to_string(asked))},
        at(round), Reply<AppendOutcomes>(inbox, [this](Result<AppendOutcomes> outcomes) {
          check(outcomes.ok() ? outcomes->front() : Result<Appended>(outcomes.error()));
          if (outcomes.ok() && outcomes->front().ok())
            talk = outcomes->front()->committed.id.conversation();
        }));
  }
  void read() {
    ++asked;
    storage->read<Page>(
        [this, of = talk](Store& store) { return store.log().after(bob, of, Seq(), 100, 100'000); },
        Reply<Page>(inbox, [this](const Result<Page>& page) { check(page); }));
  }

  Database db{Backend::kMysql};
  Inbox inbox;
  UserId alice;
  UserId bob;
  ConversationId talk;
  size_t asked = 0;
  size_t answers = 0;
  std::vector<std::string> refused;
  std::unique_ptr<ThreadedStorage> storage;
};

TEST_CASE("parts are made and dropped beside sends and reads, and none fails", "[mysql][M21]") {
  Talk talk;
  talk.send(0);
  talk.inbox.run_until([&] { return talk.answers == talk.asked; });
  std::atomic<int> round{0};
  std::string failed;
  std::thread keeper([&] {
    const auto driver = talk.db.driver();
    for (int month = 0; month < kMonths && failed.empty(); ++month) {
      const auto made = add_month_parts(*driver, Talk::at(month));
      const auto dropped = drop_parts_older_than(*driver, Talk::at(month) - 40 * kDay);
      if (!made.ok()) failed = made.error().message;
      if (!dropped.ok()) failed = dropped.error().message;
      ++round;
    }
    round = kMonths;
  });
  while (round < kMonths) {
    for (int i = 0; i < 20; ++i) {
      talk.send(round);
      talk.read();
    }
    talk.inbox.run_until([&] { return talk.answers + 40 >= talk.asked; });
  }
  keeper.join();
  talk.inbox.run_until([&] { return talk.answers == talk.asked; });
  CHECK(failed.empty());
  INFO((talk.refused.empty() ? std::string() : talk.refused.front()));
  CHECK(talk.refused.empty());
  WARN(talk.asked << " sends and reads, " << counted(Counter::kStoreRetries)
                  << " transactions done again");
  CHECK(log_parts(*talk.db.driver()).value().size() <= 6);
  check_sound(talk.db);
}

TEST_CASE("a snapshot older than the parts is taken anew", "[mysql][M21]") {
  Talk talk;
  talk.send(0);
  talk.inbox.run_until([&] { return talk.answers == 1; });
  const auto driver = talk.db.driver();
  int times = 0;
  bool made = false;
  std::optional<Result<Page>> page;
  talk.storage->read<Page>(
      [&](Store& store) {
        if (++times == 1) made = add_month_parts(*driver, Talk::at(0)).ok();
        return store.log().after(talk.bob, talk.talk, Seq(), 100, 100'000);
      },
      Reply<Page>(talk.inbox, [&](Result<Page> answer) { page.emplace(std::move(answer)); }));
  talk.inbox.run_until([&] { return page.has_value(); });
  INFO((page->ok() ? std::string() : page->error().message));
  REQUIRE(page->ok());
  CHECK((*page)->entries.size() == 1);
  CHECK(made);
  CHECK(times == 2);
}

Timestamp now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Millis>(since).count()};
}

TEST_CASE("two nodes keep the months of one log", "[mysql][M21]") {
  Database db(Backend::kMysql);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const auto driver = db.driver();
  REQUIRE(add_month_parts(*driver, now() - 100 * kDay).ok());
  const MessageId old = db.send(draft(alice, bob, "old"), now() - 100 * kDay).committed.id;
  db.send(draft(alice, bob, "new"), now());
  const MonthKeeperOptions options{.database = mysql_address(db.url()).value(),
                                   .history_age = 60 * kDay,
                                   .every = Millis(50),
                                   .again = Millis(50)};
  {
    MonthKeeper one(options);
    MonthKeeper other(options);
    CHECK(testing::shared_mariadb().wait_for(
        "SELECT COUNT(*) FROM " + options.database.server->database + ".messages", "1"));
  }
  CHECK_FALSE(db.store().log().find(old).ok());
  // This month and the next two are there.
  CHECK(add_month_parts(*driver, now()).value().empty());
  CHECK(entries_in(*driver, {"p_rest", {}}).value() == 0);
  check_sound(db);
}

TEST_CASE("no month is dropped before its keeper was told an age, and then by that age",
          "[mysql][M21]") {
  Database db(Backend::kMysql);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const auto driver = db.driver();
  REQUIRE(add_month_parts(*driver, now() - 100 * kDay).ok());
  const MessageId old = db.send(draft(alice, bob, "old"), now() - 100 * kDay).committed.id;
  db.send(draft(alice, bob, "new"), now());
  MonthKeeper keeper({.database = mysql_address(db.url()).value()});
  const std::string schema = mysql_address(db.url())->database;
  // A turn has been made: the months to come are there.
  REQUIRE(testing::shared_mariadb().wait_for(
      "SELECT COUNT(*) > 6 FROM information_schema.partitions WHERE table_name = 'messages' AND "
      "table_schema = '" +
          schema + "'",
      "1"));
  keeper.follow(365 * kDay);
  CHECK(db.store().log().find(old).ok());
  keeper.follow(60 * kDay);
  CHECK(testing::shared_mariadb().wait_for("SELECT COUNT(*) FROM " + schema + ".messages", "1"));
}

TEST_CASE("a keeper that is stopped while a server is away ends", "[mysql][M21]") {
  MonthKeeper keeper({.database = mysql_address("mysql://root@/none?socket=/nowhere/none").value(),
                      .again = Millis(3'600'000)});
  keeper.stop();
}

}  // namespace
}  // namespace mpim::test
