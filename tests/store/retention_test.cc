// What becomes of what is too old, on every back end.
#include "server/store/retention.h"

#include <catch2/catch.hpp>

#include "server/store/sql/verify/verify.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

using std::chrono::hours;

constexpr Millis kDay = hours(24);

// Messages of alice's to bob, one a day from kNow on, with a client id each; and a group beside.
struct Days {
  explicit Days(Backend backend, int count) : db(backend) {
    alice = db.user("alice");
    bob = db.user("bob");
    phone = db.device(bob);
    for (int day = 0; day < count; ++day)
      sent.push_back(
          db.send(draft(alice, bob, "day " + std::to_string(day), "c" + std::to_string(day)),
                  kNow + day * kDay)
              .committed.id);
    talk = sent.front().conversation();
  }
  RetentionStep step(const RetentionRule& rule, uint32_t entries_max) {
    const auto done = db.change([&](Store& in) { return in.retention().step(rule, entries_max); });
    REQUIRE(done.ok());
    return done.value();
  }
  // To its end; answers what was done in all.
  RetentionStep run(const RetentionRule& rule, uint32_t entries_max = 2) {
    RetentionStep all;
    for (int steps = 0; steps < 1'000; ++steps) {
      const RetentionStep done = step(rule, entries_max);
      CHECK(done.expired + done.dropped <= entries_max);
      all.expired += done.expired;
      all.dropped += done.dropped;
      if (!done.more) return all;
    }
    FAIL("it never ends");
    return all;
  }
  Inbox inbox() { return db.store().cursors().inbox(bob, phone.id, {100, 99'999, 1'000}).value(); }
  std::vector<std::string> read_all() {
    const Page page = db.store().log().after(bob, talk, Seq(), 99, 99'999).value();
    std::vector<std::string> texts;
    for (const EntryPtr& entry : page.entries) texts.push_back(entry->text);
    return texts;
  }
  void check_sound() {
    db.close();
    const auto driver = db.driver();
    const std::vector<Finding> found = verify(*driver).value();
    for (const Finding& each : found) FAIL_CHECK(each.id << ": " << each.sentence);
  }

  Database db;
  UserId alice;
  UserId bob;
  Device phone;
  std::vector<MessageId> sent;
  ConversationId talk;
};

}  // namespace

TEST_CASE("what waited too long leaves the queue, and stays in history", "[store][M15]") {
  Days days(GENERATE(from_range(backends())), 5);
  REQUIRE(days.inbox().pending == 5);
  const RetentionRule rule{.inbox_before = kNow + 3 * kDay};
  const RetentionPlan plan = days.db.store().retention().plan(rule).value();
  CHECK(plan.expire == 3);
  CHECK(plan.drop == 0);
  REQUIRE(days.inbox().pending == 5);  // a plan changes nothing
  CHECK(days.run(rule).expired == 3);
  CHECK(days.db.store().retention().plan(rule).value().expire == 0);
  const Inbox inbox = days.inbox();
  CHECK(inbox.pending == 2);
  CHECK(inbox.unread == 5);
  CHECK(inbox.first_pages.empty());  // there is a gap to be told first
  REQUIRE(inbox.standings.size() == 1);
  CHECK(inbox.standings[0].expired == Seq(3));
  CHECK(days.db.store().cursors().offline({}, std::nullopt, 9).value().at(0).pending == 2);
  CHECK(days.read_all().size() == 5);
  days.check_sound();
}

TEST_CASE("an entry expires at its hour and not a moment before", "[store][M15]") {
  Days days(GENERATE(from_range(backends())), 2);
  CHECK(days.run({.inbox_before = kNow + kDay}).expired == 1);
  CHECK(days.run({.inbox_before = kNow + kDay + Millis(1)}).expired == 1);
}

TEST_CASE("history past its date is deleted with all that is said of it", "[store][M15][M21]") {
  Days days(GENERATE(from_range(backends())), 6);
  days.db.read(days.bob, days.talk, Seq(5));
  const auto said = [&](Store& in) -> Result<bool> {
    MPIM_CHECKED(in.log().hide(days.bob, days.sent[0]));
    MPIM_CHECKED(in.log().hide(days.bob, days.sent[4]));
    MPIM_CHECKED(in.cursors().note_receipt(days.bob, days.talk, ReceiptKind::kRead, Seq(2), kNow));
    MPIM_CHECKED(in.cursors().note_receipt(days.bob, days.talk, ReceiptKind::kRead, Seq(5), kNow));
    return true;
  };
  REQUIRE(days.db.change(said).ok());
  const RetentionRule rule{.history_before = kNow + 4 * kDay};
  CHECK(days.db.store().retention().plan(rule).value().drop == 4);
  CHECK(days.run(rule).dropped == 4);
  CHECK(days.read_all() == std::vector<std::string>{"day 5"});  // day 4 he hid
  CHECK(days.db.store().log().find(days.sent[3]).error().code == Code::kNotFound);
  CHECK(days.inbox().unread == 1);
  const Receipts receipts =
      days.db.store().cursors().receipts(days.alice, days.sent[4], {}, 9).value();
  CHECK(receipts.read == 1);
  SECTION("a retry of what is gone is a new message, of what is kept it is not") {
    CHECK(days.db.send(draft(days.alice, days.bob, "day 3", "c3"), kNow + 5 * kDay)
              .committed.id.seq() == Seq(7));
    CHECK(days.db.send(draft(days.alice, days.bob, "day 5", "c5"), kNow + 5 * kDay).committed.id ==
          days.sent[5]);
  }
  SECTION("it stays so after a crash") {
    days.db.crash_and_reopen();
    CHECK(days.read_all() == std::vector<std::string>{"day 5"});
  }
  days.check_sound();
}

TEST_CASE("the newest entry is never deleted, so that no id comes twice", "[store][M15][M25]") {
  Days days(GENERATE(from_range(backends())), 3);
  CHECK(days.run({.history_before = kNow + 99 * kDay}).dropped == 2);
  days.db.crash_and_reopen();
  CHECK(days.read_all() == std::vector<std::string>{"day 2"});
  const Appended next = days.db.send(draft(days.alice, days.bob, "on"), kNow + 99 * kDay);
  CHECK(next.committed.id.seq() == Seq(4));
  CHECK(days.run({.history_before = kNow + 100 * kDay}).dropped == 1);
  CHECK(days.read_all() == std::vector<std::string>{"on"});
  days.check_sound();
}

TEST_CASE("client ids are forgotten on their day, their messages stay", "[store][M15][M48]") {
  Days days(GENERATE(from_range(backends())), 4);
  days.run({.client_ids_before = kNow + 2 * kDay});
  CHECK(days.db.send(draft(days.alice, days.bob, "day 1", "c1"), kNow + 4 * kDay)
            .committed.id.seq() == Seq(5));
  CHECK(days.db.send(draft(days.alice, days.bob, "day 2", "c2"), kNow + 4 * kDay).committed.id ==
        days.sent[2]);
  days.check_sound();
}

TEST_CASE("a job that is cut off in the middle goes on where it was", "[store][M15]") {
  Days days(GENERATE(from_range(backends())), 9);
  const RetentionRule rule{.inbox_before = kNow + 8 * kDay, .history_before = kNow + 6 * kDay};
  for (int steps = 0; steps < 20; ++steps) {
    days.step(rule, 1);
    days.db.crash_and_reopen();
  }
  const RetentionStep rest = days.run(rule);
  CHECK(rest.dropped < 6);
  CHECK(days.read_all().size() == 3);
  CHECK(days.inbox().pending == 1);
  days.check_sound();
}

TEST_CASE("each conversation keeps what is its own", "[store][M15]") {
  Days days(GENERATE(from_range(backends())), 1);
  const Group group = days.db.group(days.alice, {days.bob});
  for (int day = 1; day < 6; ++day) {
    days.db.send(draft(days.alice, group.id, "g"), kNow + day * kDay);
    days.db.send(draft(days.bob, days.alice, "t"), kNow + day * kDay);
  }
  days.run({.history_before = kNow + 3 * kDay}, 3);
  CHECK(days.db.store()
            .log()
            .after(days.bob, group.conversation, {}, 99, 9'999)
            .value()
            .entries.size() == 3);
  CHECK(days.read_all() == std::vector<std::string>{"t", "t", "t"});
  days.check_sound();
}

}  // namespace mpim::test
