// What is too old goes in steps that are small however much is said of it.
#include <catch2/catch.hpp>

#include "server/store/sql/verify/verify.h"
#include "tests/store/bounds/sqlite_work.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

constexpr uint32_t kStep = 5;
constexpr int kMembers = 40;
constexpr int kOld = 12;

std::string numbers(int from, int to) {
  return "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) +
         " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(to) + ") ";
}

// A group in which everybody received and read each message.
struct Chatter {
  explicit Chatter(Backend backend) : db(backend) {
    std::vector<UserId> others;
    const UserId owner = db.user("owner");
    for (int i = 1; i < kMembers; ++i) others.push_back(db.user("u" + std::to_string(i)));
    group = db.group(owner, others);
    const Page page = db.store().log().after(owner, group.conversation, {}, 999, 9'999).value();
    for (int i = 0; i < kOld; ++i) first = db.send(draft(owner, group.id, "x")).committed.id.seq();
    first = Seq(first.value - kOld + 1);
    db.send(draft(owner, group.id, "young"), kNow + std::chrono::hours(99));
    for (const char* kind : {", 0, ", ", 1, "})
      db.plant(numbers(1001, 1000 + kMembers) + "INSERT OR IGNORE INTO receipts SELECT " +
               conversation() + ", n.i" + kind + "k.s, 1 FROM n, (SELECT " + seq(0) +
               " AS s UNION SELECT " + seq(3) + " UNION SELECT " + seq(kOld) + ") k");
  }
  std::string conversation() const { return std::to_string(group.conversation.value); }
  // Of the so-manieth old message.
  std::string seq(uint64_t number) const { return std::to_string(first.value + number); }
  void hide(int from, int to, uint64_t number) {
    db.plant(numbers(from, to) + "INSERT INTO hidden SELECT i, " + conversation() + ", " +
             seq(number) + " FROM n");
  }
  uint64_t count(const std::string& table) {
    const auto driver = db.driver();
    return std::stoull(driver->ask_once("SELECT COUNT(*) FROM " + table)->at(0));
  }
  RetentionRule rule() const { return {.history_before = kNow + Millis(1)}; }
  RetentionStep step() {
    const auto done = db.change([&](Store& in) { return in.retention().step(rule(), kStep); });
    REQUIRE(done.ok());
    return *done;
  }
  // It is done, and then the transaction fails.
  void undone_step() {
    const auto undone = db.change([&](Store& in) -> Result<RetentionStep> {
      MPIM_CHECKED(in.retention().step(rule(), kStep));
      return Error{Code::kUnavailable, "no disk"};
    });
    REQUIRE_FALSE(undone.ok());
  }
  void check_sound() {
    const auto driver = db.driver();
    const std::vector<Finding> found = verify(*driver).value();
    for (const Finding& each : found)
      if (each.id != "receipt.beyond_cursor")  // planted without their cursors
        FAIL_CHECK(each.id << ": " << each.sentence);
  }

  SqliteWork work;
  Database db;
  Group group;
  Seq first;
};

}  // namespace

TEST_CASE("a step of retention touches so many rows, however much is said of an entry",
          "[store][M15]") {
  Chatter of(GENERATE(from_range(file_backends())));
  of.hide(1001, 1030, 2);  // more than a step may show
  of.hide(1005, 1007, 5);
  of.hide(1005, 1007, 6);
  std::vector<uint64_t> before;
  const auto counts = [&] {
    std::vector<uint64_t> now;
    for (const char* table : {"receipts", "hidden", "messages"}) now.push_back(of.count(table));
    return now;
  };
  before = counts();
  int steps = 0;
  for (bool more = true; more; ++steps) {
    REQUIRE(steps < 500);
    of.work.take();
    more = of.step().more;
    // Writing what the log's index lacks, when it is waited for, is another matter.
    if (steps > 2) CHECK(of.work.take() < 2'500);
    const std::vector<uint64_t> now = counts();
    for (size_t i = 0; i < now.size(); ++i) CHECK(before[i] - now[i] <= kStep);
    before = now;
    of.check_sound();
    // Nobody sees again what he hid, but of what half the world hid.
    for (const uint64_t number : {5, 6})
      CHECK(of.count("hidden h WHERE h.seq = " + of.seq(number)) ==
            3 * of.count("messages m WHERE m.text = 'x' AND m.seq = " + of.seq(number)));
  }
  CHECK(steps > 2 * 2 * kMembers / static_cast<int>(kStep));
  CHECK(of.count("messages") == 1);
  CHECK(of.count("hidden") == 0);
  CHECK(of.count("receipts") == 2 * kMembers);  // of the young one
}

TEST_CASE("steps of retention that are undone, or forgotten, leave nothing behind",
          "[store][M15]") {
  Chatter of(GENERATE(from_range(file_backends())));
  of.hide(1005, 1007, 5);
  bool more = true;
  for (int steps = 0; more; ++steps) {
    REQUIRE(steps < 500);
    of.undone_step();
    if (steps % 40 == 39) of.db.crash_and_reopen();
    more = of.step().more;
    of.undone_step();
  }
  CHECK(of.count("messages") == 1);
  CHECK(of.count("receipts") == 2 * kMembers);
  of.check_sound();
}

}  // namespace mpim::test
