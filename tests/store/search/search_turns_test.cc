// Whose search comes next.
#include "server/store/sql/search/search_turns.h"

#include <catch2/catch.hpp>

#include "server/store/sql/search/sql_search.h"
#include "tests/store/database.h"
#include "tests/store/running_storage.h"

namespace mpim::test {
namespace {

constexpr UserId kAnn(1001);
constexpr UserId kBob(1002);

// Replies are left unanswered on a loop that does nothing.
struct Turns {
  explicit Turns(size_t waiting_max) : turns(waiting_max) {}
  bool add(const UserChoice& reader, const std::string& words) {
    AskedSearch asked{{.reader = reader, .words = words},
                      Reply<SearchPage>(inbox, [](const Result<SearchPage>&) {})};
    const std::optional<Error> refused = turns.add(asked);
    if (refused) CHECK(refused->code == Code::kBusy);
    if (refused) CHECK(asked.reply.waiting());
    return !refused;
  }
  std::string take() {
    AskedSearch next = turns.take();
    next.reply(SearchPage{});
    return next.query.words;
  }
  Inbox inbox;
  SearchTurns turns;
};

TEST_CASE("readers take turns, and of each one search is under way", "[store][M19]") {
  Turns of(100);
  for (const char* words : {"a1", "a2", "a3"}) REQUIRE(of.add(kAnn, words));
  for (const char* words : {"b1", "b2"}) REQUIRE(of.add(kBob, words));
  CHECK(of.take() == "a1");
  CHECK(of.take() == "b1");
  CHECK_FALSE(of.turns.any());
  of.turns.done(kBob);
  REQUIRE(of.add(UserName{"eve", "eve"}, "e1"));
  CHECK(of.take() == "b2");
  CHECK(of.take() == "e1");
  CHECK_FALSE(of.turns.any());
  of.turns.done(kAnn);
  of.turns.done(kBob);
  of.turns.done(UserName{"Eve", "eve"});
  CHECK(of.take() == "a2");
  REQUIRE(of.add(kAnn, "a4"));
  CHECK_FALSE(of.turns.any());
  of.turns.done(kAnn);
  CHECK(of.take() == "a3");
  of.turns.done(kAnn);
  CHECK(of.take() == "a4");
  of.turns.done(kAnn);
  CHECK_FALSE(of.turns.any());
}

TEST_CASE("so many searches wait, and of one reader a share of them", "[store][M19]") {
  constexpr size_t kMax = 2 * SearchTurns::kShare;
  Turns of(kMax);
  CHECK(of.add(kAnn, "1"));
  CHECK(of.add(kAnn, "2"));
  CHECK_FALSE(of.add(kAnn, "3"));
  for (uint64_t i = 0; i < kMax - 2; ++i) CHECK(of.add(UserId(2'000 + i), "x"));
  CHECK_FALSE(of.add(kBob, "x"));
  of.take();
  CHECK(of.add(kBob, "x"));
  Turns small(1);
  CHECK(small.add(kAnn, "x"));
  CHECK_FALSE(small.add(kBob, "x"));
}

TEST_CASE("one who searches again and again makes nobody wait for all of it", "[store][M19]") {
  Database db(Backend::kSqlite, {.tail = make_log_tail()});
  const UserId ann = db.user("ann");
  const UserId bob = db.user("bob");
  Inbox inbox;
  for (int i = 0; i < 300; ++i) db.send(draft(ann, bob, std::string(4'000, 'x') + " hay"));
  SqlSearch search({.database = db.path(),
                    .index = db.path() + ".search",
                    .tail = db.options().tail,
                    .waiting_max = 1'000});
  std::vector<std::string> answered;
  const auto ask = [&](UserId reader, const std::string& who) {
    search.find({.reader = reader, .words = "needle"},
                Reply<SearchPage>(inbox, [&answered, who](const Result<SearchPage>&) {
                  answered.push_back(who);
                }));
  };
  for (int i = 0; i < 50; ++i) ask(ann, "ann");
  ask(bob, "bob");
  inbox.run_until([&] { return answered.size() == 51; });
  const auto bobs = std::ranges::find(answered, "bob");
  // A few may have been answered before he asked.
  CHECK(bobs - answered.begin() < 25);
  search.stop();
}

}  // namespace
}  // namespace mpim::test
