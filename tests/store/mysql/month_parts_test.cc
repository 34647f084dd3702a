// The log by months: made ahead, written in the current one, read across, dropped when too old.
#include "server/store/sql/partitions/month_parts.h"

#include <set>

#include "tests/store/verify/sound.h"

namespace mpim::test {
namespace {

constexpr Timestamp kSeptember{1'693'526'400'000};  // 2023-09-01
constexpr Millis kDay = std::chrono::hours(24);

std::vector<std::string> names_of(Driver& driver) {
  std::vector<std::string> names;
  const auto parts = log_parts(driver).value();
  for (const LogPart& part : parts) names.push_back(part.name);
  return names;
}

uint64_t entries_of(Driver& driver, const std::string& name) {
  const auto parts = log_parts(driver).value();
  for (const LogPart& part : parts)
    if (part.name == name) return entries_in(driver, part).value();
  return UINT64_MAX;
}

TEST_CASE("this month and the next two have parts, and the next call has nothing to do",
          "[mysql][M21]") {
  Database db(Backend::kMysql);
  const auto driver = db.driver();
  CHECK(names_of(*driver) == std::vector<std::string>{"p_rest"});
  CHECK(add_month_parts(*driver, kSeptember).value() ==
        std::vector<std::string>{"p2023_09", "p2023_10", "p2023_11"});
  CHECK(names_of(*driver) ==
        std::vector<std::string>{"p2023_09", "p2023_10", "p2023_11", "p_rest"});
  CHECK(add_month_parts(*driver, kSeptember + 29 * kDay).value().empty());
  CHECK(add_month_parts(*driver, kSeptember + 30 * kDay).value() ==
        std::vector<std::string>{"p2023_12"});
  CHECK(add_month_parts(*driver, kSeptember + 130 * kDay).value() ==
        std::vector<std::string>{"p2024_01", "p2024_02", "p2024_03"});
}

TEST_CASE("a log that was never parted is parted by its months", "[mysql][M21]") {
  Database db(Backend::kMysql);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  for (int month = 0; month < 3; ++month)
    db.send(draft(alice, bob, "x"), kSeptember + month * 31 * kDay);
  const auto driver = db.driver();
  CHECK(add_month_parts(*driver, kSeptember + 65 * kDay).value().size() == 5);
  for (const char* const name : {"p2023_09", "p2023_10", "p2023_11"})
    CHECK(entries_of(*driver, name) == 1);
  CHECK(entries_of(*driver, "p_rest") == 0);
  check_sound(db);
}

// Alice writes to Bob on the first day of four months; the second month is of a group too.
struct FourMonths {
  FourMonths() {
    driver = db.driver();
    REQUIRE(add_month_parts(*driver, kSeptember).ok());
    REQUIRE(add_month_parts(*driver, kSeptember + 91 * kDay).ok());
    alice = db.user("alice");
    bob = db.user("bob");
    for (const int day : {0, 30, 61, 91})
      for (const char* const id : {"a", "b"})
        talk = db.send(draft(alice, bob, "x", id + std::to_string(day)), kSeptember + day * kDay)
                   .entry->conversation;
  }
  Database db{Backend::kMysql};
  std::unique_ptr<Driver> driver;
  UserId alice;
  UserId bob;
  ConversationId talk;
};

TEST_CASE("an entry is written into its month, and questions cross the parts", "[mysql][M21]") {
  FourMonths months;
  for (const char* const name : {"p2023_09", "p2023_10", "p2023_11", "p2023_12"})
    CHECK(entries_of(*months.driver, name) == 2);
  CHECK(entries_of(*months.driver, "p_rest") == 0);
  CHECK(months.db.seqs_after(months.bob, months.talk) ==
        std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(months.db.seqs_after(months.bob, months.talk, Seq(3)) ==
        std::vector<uint64_t>{4, 5, 6, 7, 8});
  CHECK(months.db.store().log().find(MessageId(months.talk, Seq(2))).ok());
  // A client id of an earlier month is known in this one.
  months.db.send(draft(months.alice, months.bob, "x", "late"), kSeptember + 90 * kDay);
  const Appended again =
      months.db.send(draft(months.alice, months.bob, "x", "late"), kSeptember + 92 * kDay);
  CHECK(again.committed.id == MessageId(months.talk, Seq(9)));
  check_sound(months.db);
}

TEST_CASE("old parts are dropped with all that is said of their entries", "[mysql][M21]") {
  FourMonths months;
  Database& db = months.db;
  const auto hidden = db.change([&](Store& s) -> Result<bool> {
    MPIM_CHECKED(s.log().hide(months.bob, MessageId(months.talk, Seq(1))));
    MPIM_CHECKED(s.log().hide(months.bob, MessageId(months.talk, Seq(6))));
    MPIM_CHECKED(
        s.cursors().note_receipt(months.bob, months.talk, ReceiptKind::kDelivered, Seq(3), kNow));
    MPIM_CHECKED(
        s.cursors().note_receipt(months.bob, months.talk, ReceiptKind::kDelivered, Seq(7), kNow));
    return true;
  });
  REQUIRE(hidden.ok());
  Driver& driver = *months.driver;
  const auto old = [&](int day) {
    std::vector<std::string> names;
    const auto parts = parts_older_than(driver, kSeptember + day * kDay).value();
    for (const LogPart& part : parts) names.push_back(part.name);
    return names;
  };
  CHECK(old(30).empty());  // a day is left to clocks that differ
  CHECK(old(31) == std::vector<std::string>{"p2023_09"});
  CHECK(old(62) == std::vector<std::string>{"p2023_09", "p2023_10"});
  CHECK(old(9'000).size() == 3);  // never the newest entry

  const auto gone = parts_older_than(driver, kSeptember + 62 * kDay).value();
  REQUIRE(gone.size() == 2);
  for (const LogPart& part : gone) REQUIRE(drop_part(driver, part).ok());
  CHECK(names_of(driver).front() == "p2023_11");
  CHECK(db.store().log().find(MessageId(months.talk, Seq(4))).error().code == Code::kNotFound);
  CHECK(db.seqs_after(months.bob, months.talk) == std::vector<uint64_t>{5, 7, 8});
  CHECK(driver.ask_once("SELECT floor, expired FROM conversations").value().front() == "5|4");
  CHECK(driver.ask_once("SELECT seq FROM hidden").value() == std::vector<std::string>{"6"});
  CHECK(driver.ask_once("SELECT seq FROM receipts").value() == std::vector<std::string>{"7"});
  CHECK(driver.ask_once("SELECT COUNT(*) FROM client_ids").value().front() == "4");
  check_sound(db);
}

TEST_CASE("an entry that a slow clock put into a later month goes with its conversation's end",
          "[mysql][M21]") {
  FourMonths months;
  // Seq 3 is of the next month; seq 4, behind it, was stored with an earlier time.
  months.db.plant("UPDATE messages SET at = at + 86400000 * 31 WHERE seq = 3");
  Driver& driver = *months.driver;
  const auto gone = parts_older_than(driver, kSeptember + 62 * kDay).value();
  REQUIRE(gone.size() == 2);
  for (const LogPart& part : gone) REQUIRE(drop_part(driver, part).ok());
  CHECK(months.db.seqs_after(months.bob, months.talk) == std::vector<uint64_t>{5, 6, 7, 8});
  check_sound(months.db);
}

TEST_CASE("a node writes on while parts are made and dropped", "[mysql][M21]") {
  FourMonths months;
  const auto later = kSeptember + 100 * kDay;
  REQUIRE(add_month_parts(*months.driver, kSeptember + 130 * kDay).ok());
  months.db.send(draft(months.alice, months.bob, "between", "z1"), later);
  const auto old = parts_older_than(*months.driver, kSeptember + 31 * kDay).value();
  REQUIRE(old.size() == 1);
  REQUIRE(drop_part(*months.driver, old.front()).ok());
  const Appended sent = months.db.send(draft(months.alice, months.bob, "after", "z2"), later);
  CHECK(sent.committed.id.seq() == Seq(10));
  check_sound(months.db);
}

}  // namespace
}  // namespace mpim::test
