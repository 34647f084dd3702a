// The index follows the log, whatever becomes of either.
#include "server/store/sql/search/sql_search.h"
#include "tests/store/running_storage.h"
#include "tests/store/search/search_room.h"

namespace mpim::test {
namespace {

TEST_CASE("the index is built in steps, and goes on where it was", "[store][M19]") {
  SearchRoom room(Backend::kSqlite, {.batch_entries = 8});
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  for (int i = 0; i < 30; ++i) room.send(alice, bob, "word " + std::to_string(i));
  REQUIRE(room.follower->step().value());
  CHECK(room.follower->reach().indexed == 8);
  CHECK(room.follower->reach().entries == 30);
  CHECK(room.follower->reach().lag() == 22);
  room.open();  // the process died
  REQUIRE(room.follower->step().value());
  CHECK(room.follower->reach().indexed == 16);
  room.follow();
  CHECK(room.follower->reach().lag() == 0);
  CHECK(room.find({.reader = bob, .words = "word", .count_max = 100}).size() == 30);
}

TEST_CASE("a step that fails anywhere keeps nothing, and the next one does it again",
          "[store][M19]") {
  SearchRoom room(Backend::kSqlite, {.batch_entries = 8});
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  for (int i = 0; i < 8; ++i) room.send(alice, bob, "word " + std::to_string(i));
  {
    // Another writer holds the file: the step waits, and fails.
    const auto other = std::move(SearchIndex::open(room.index_path(), false)).value();
    REQUIRE(other->begin().ok());
    CHECK_FALSE(room.follower->step().ok());
    other->end();
  }
  CHECK(room.index().mark()->pos == 0);
  room.follow();
  CHECK(room.index().mark()->pos == 8);
  CHECK(room.find(bob, "word").size() == 8);
}

TEST_CASE("an index that was deleted, or is another database's, is made anew", "[store][M19]") {
  SearchRoom room;
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  room.send(alice, bob, "word");
  room.follow();
  SECTION("deleted") {
    room.close();
    remove_search_index(room.index_path());
    room.open();
  }
  SECTION("of another database") { REQUIRE(room.index().start_over("another", 0).ok()); }
  SECTION("ahead of the log") { REQUIRE(room.index().add({}, 4'711).ok()); }
  room.open();
  room.follow();
  CHECK(room.index().mark()->pos == 1);
  CHECK(room.find(bob, "word").size() == 1);
  CHECK(room.page(bob, "word")->complete);
}

TEST_CASE("no statement of a search walks through a table or sorts", "[store][M19][M20]") {
  SearchRoom room;
  const UserId alice = room.db.user("alice");
  const UserId bob = room.db.user("bob");
  const Group tea = room.db.group(alice, {bob});
  const MessageId one = room.send(alice, tea.id, "word one");
  room.change(alice, one, "word two");
  room.find(
      {.reader = UserName{"bob", "bob"}, .words = "word", .from = UserName{"alice", "alice"}});
  room.follow();
  room.find(bob, "word");
  for (Driver* driver : {&room.searching_driver(), &room.index_driver(), &room.log().driver()}) {
    REQUIRE(driver->prepared().size() > 1);
    for (const std::string& statement : driver->prepared()) {
      const auto plan = driver->ask_once("EXPLAIN QUERY PLAN " + statement);
      REQUIRE(plan.ok());
      for (const std::string& step : *plan) {
        INFO(statement << "\n  " << step);
        CHECK(step.find("TEMP B-TREE") == std::string::npos);
        const bool by_words = step.find("VIRTUAL TABLE INDEX") != std::string::npos;
        const bool last = statement.find("ORDER BY pos DESC LIMIT 1") != std::string::npos;
        if (!by_words && !last) CHECK(step.find("SCAN") == std::string::npos);
      }
    }
  }
}

TEST_CASE("searches are answered beside a follower on its thread, also when the file goes",
          "[store][M19]") {
  Database db(Backend::kSqlite, {.tail = make_log_tail()});
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  Inbox inbox;
  SqlSearch search({.database = db.path(),
                    .index = db.path() + ".search",
                    .tail = db.options().tail,
                    .gather = Millis(1)});
  const auto found = [&](const std::string& words) {
    std::optional<Result<SearchPage>> answer;
    search.find({.reader = bob, .words = words},
                Reply<SearchPage>(inbox, [&answer](Result<SearchPage> page) {
                  answer.emplace(std::move(page));
                }));
    inbox.run_until([&] { return answer.has_value(); });
    return *std::move(answer);
  };
  const auto wait_for = [&](uint64_t entries) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (search.reach().indexed != entries || search.reach().entries != entries) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::yield();
    }
  };
  db.send(draft(alice, bob, "word"));
  CHECK(found("word")->entries.size() == 1);
  wait_for(1);
  CHECK(found("word")->entries.size() == 1);
  remove_search_index(db.path() + ".search");
  db.send(draft(alice, bob, "another word"));
  wait_for(2);
  CHECK(found("word")->entries.size() == 2);
  CHECK(found("?").error().code == Code::kBadRequest);
  search.stop();
  CHECK(found("word").error().code == Code::kDraining);
}

}  // namespace
}  // namespace mpim::test
