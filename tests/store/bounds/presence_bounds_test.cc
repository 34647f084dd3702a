// To ask who is there costs what the groups of those asked about do, not those of who asks again
// and again.
#include <catch2/catch.hpp>

#include "server/store/sql/presence/shared_groups.h"
#include "tests/store/bounds/sqlite_work.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

constexpr uint64_t kGroups = 500;
constexpr uint64_t kStrangers = 1'000;
constexpr uint64_t kFirstStranger = 5'000;
constexpr uint64_t kFirstConversation = 100'000;
const std::string kStill = "9223372036854775807";

std::string numbers(uint64_t from, uint64_t count) {
  return "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) +
         " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(from + count - 1) + ") ";
}

// Alice has 500 groups; a thousand strangers, of whom each tenth is in one of hers, have one each.
struct Crowd {
  Crowd() {
    alice = db.user("alice");
    groups(kFirstConversation, 2 * kStrangers);
    join(std::to_string(alice.value), "i", kFirstConversation, kGroups);
    db.plant(numbers(kFirstStranger, kStrangers) +
             "INSERT INTO users (id, name, name_key, password_hash, created_at)"
             " SELECT i, 's' || i, 's' || i, '', 0 FROM n");
    const std::string own = std::to_string(kFirstConversation + kGroups - kFirstStranger) + " + i";
    const std::string hers = std::to_string(kFirstConversation - kFirstStranger) + " + i";
    db.plant(numbers(kFirstStranger, kStrangers) +
             "INSERT INTO members (conversation, user, from_seq, to_seq, role, joined_at) SELECT "
             "CASE WHEN i % 10 = 0 AND i < " +
             std::to_string(kFirstStranger + kGroups) + " THEN " + hers + " ELSE " + own +
             " END, i, 0, " + kStill + ", 0, 0 FROM n");
    for (uint64_t i = 0; i < kStrangers; ++i) strangers.emplace_back(kFirstStranger + i);
  }
  void groups(uint64_t from, uint64_t count) {
    db.plant(numbers(from, count) +
             "INSERT INTO conversations (id, kind, group_id, head, floor, members_version,"
             " changed_at) SELECT i, 1, i, 1, 1, 1, 0 FROM n");
    db.plant(numbers(from, count) +
             "INSERT INTO `groups` (id, conversation, name, description, owner, members,"
             " created_at) SELECT i, i, 'g', '', 1001, 2, 0 FROM n");
  }
  // `user` and `conversation`: of i.
  void join(const std::string& user, const std::string& conversation, uint64_t from,
            uint64_t count) {
    db.plant(numbers(from, count) +
             "INSERT INTO members (conversation, user, from_seq, to_seq, role, joined_at) SELECT " +
             conversation + ", " + user + ", 0, " + kStill + ", 0, 0 FROM n");
  }
  bool sees(UserId watcher, UserId user) {
    const Watching pair{watcher, user};
    return db.store().presence().may_see({&pair, 1}).value().front();
  }

  SqliteWork work;
  Database db;
  UserId alice;
  std::vector<UserId> strangers;
};

}  // namespace

TEST_CASE("the groups of who asks are read once, whoever it is that he asks about", "[store][P9]") {
  Crowd of;
  of.work.take();
  SECTION("one asks about many") {
    const auto seen = of.db.store().presence().visible(of.alice, of.strangers).value();
    CHECK(of.work.take() < 300'000);
    REQUIRE(seen.size() == kGroups / 10);
    for (const LastSeen& each : seen) CHECK(each.user.value % 10 == 0);
  }
  SECTION("many watch one") {
    std::vector<Watching> pairs;
    for (const UserId each : of.strangers) pairs.push_back({each, of.alice});
    const std::vector<bool> may = of.db.store().presence().may_see(pairs).value();
    CHECK(of.work.take() < 300'000);
    CHECK(std::ranges::count(may, true) == kGroups / 10);
  }
}

TEST_CASE("who has very many talks is found in the groups of others, and others in his",
          "[store][P9]") {
  Crowd of;
  const UserId bot = of.db.user("bot");
  constexpr uint64_t kTalk = 200'000;
  of.db.plant(numbers(kTalk, 3 * SharedGroups::kListed) +
              "INSERT INTO conversations (id, kind, user_low, user_high, head, floor,"
              " members_version, changed_at) SELECT i, 0, 1002, i, 1, 1, 1, 0 FROM n");
  of.join(std::to_string(bot.value), "i", kTalk, 3 * SharedGroups::kListed);
  of.groups(900'000, 1);
  const UserId far(kFirstStranger + 1);
  of.join(std::to_string(bot.value), "i", 900'000, 1);  // behind all his talks
  of.join(std::to_string(far.value), "i", 900'000, 1);
  const UserId other(kFirstStranger + 2);
  of.work.take();
  CHECK(of.sees(bot, far));
  CHECK(of.sees(far, bot));
  CHECK_FALSE(of.sees(bot, other));
  CHECK_FALSE(of.sees(other, bot));
  CHECK(of.db.store().presence().visible(bot, of.strangers)->size() == 1);
  CHECK(of.work.take() < 600'000);
  of.join(std::to_string(of.alice.value), "i", kTalk, 3 * SharedGroups::kListed);
  CHECK_FALSE(of.sees(bot, of.alice));  // both have many, and only talks together
  of.join(std::to_string(of.alice.value), "i", 900'000, 1);
  CHECK(of.sees(bot, of.alice));
  CHECK(of.sees(of.alice, bot));
}

}  // namespace mpim::test
