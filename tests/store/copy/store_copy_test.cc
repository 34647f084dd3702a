// A copy has everything, whatever keeps it, and goes on where it was cut off.
#include "server/store/sql/copy/unfinished.h"
#include "server/store/sql/partitions/month_parts.h"
#include "tests/store/copy/copied.h"

namespace mpim::test {
namespace {

struct Way {
  Backend from;
  Backend into;
};

Way ways() {
  return GENERATE(Way{Backend::kSqlite, Backend::kMysql}, Way{Backend::kMysql, Backend::kSqlite},
                  Way{Backend::kMysql, Backend::kMysql},
                  Way{Backend::kSqliteIndexedByThree, Backend::kSqlite});
}

TEST_CASE("a copy has all that the first has, and is sound", "[store][copy][mysql]") {
  const Way way = ways();
  Sound sound(way.from);
  const std::string epoch = sound.db.store().epoch().value();
  EmptyDatabase other(way.into);
  copy_all(sound.db, other);
  check_sound(other);
  other.crash_and_reopen();
  CHECK(other.store().epoch().value() == epoch);
  CHECK(other.seqs_after(sound.bob, sound.talk) == std::vector<uint64_t>{1, 2, 3});

  SECTION("and back again") {
    EmptyDatabase back(way.from);
    copy_all(other, back);
    check_sound(back);
    const auto first = sound.db.driver({.read_only = true});
    const auto last = back.driver({.read_only = true});
    CHECK(differences(*first, *last, [](uint64_t) {}).value().empty());
    CHECK(digests_of(*first, [](uint64_t) {}).value() ==
          digests_of(*last, [](uint64_t) {}).value());
  }
  SECTION("and goes on where the first ended") {
    sound.db.crash_and_reopen();
    for (Database* db : {&sound.db, static_cast<Database*>(&other)}) {
      const Appended sent = db->send(draft(sound.alice, sound.bob, "next", "c9"));
      CHECK(sent.committed.id == MessageId(sound.talk, Seq(4)));
      CHECK(db->user("emil").value == 1005);
      CHECK(db->group(sound.alice).id.value == 1002);
      CHECK(db->send(draft(sound.alice, UserId(1005), "hi")).entry->conversation.value == 6);
      // A client id that was used stands for what it stood for.
      CHECK(db->send(draft(sound.alice, sound.bob, "x", "c2")).committed.id ==
            MessageId(sound.talk, Seq(2)));
    }
  }
}

TEST_CASE("numbers of what is gone are not given again", "[store][copy][mysql]") {
  const Way way = ways();
  Database db(way.from);
  const UserId alice = db.user("alice");
  const Device phone = db.device(alice, "phone");
  const Device gone = db.device(alice, "gone");
  REQUIRE(gone.id > phone.id);
  db.plant("DELETE FROM devices WHERE id = " + std::to_string(gone.id.value));
  EmptyDatabase other(way.into);
  copy_all(db, other);
  other.crash_and_reopen();
  CHECK(other.device(alice, "new").id > gone.id);
}

TEST_CASE("places with holes and marks of retention arrive as what they mean",
          "[store][copy][mysql]") {
  const Way way = ways();
  Database db(way.from);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  for (int i = 0; i < 9; ++i) db.send(draft(alice, bob, "x"), kNow + Millis(i));
  if (way.from == Backend::kMysql) db.plant("UPDATE messages SET pos = pos * 10 ORDER BY pos DESC");
  const RetentionRule rule{.inbox_before = kNow + Millis(6), .history_before = kNow + Millis(3)};
  for (bool more = true; more;) {
    const auto done = db.change([&](Store& s) { return s.retention().step(rule, 100); });
    REQUIRE(done.ok());
    more = done->more;
  }
  EmptyDatabase other(way.into);
  copy_all(db, other);
  check_sound(other);
  other.crash_and_reopen();
  const ConversationId talk(1);
  CHECK(other.seqs_after(bob, talk) == std::vector<uint64_t>{4, 5, 6, 7, 8, 9});
  const auto plan = other.store().retention().plan(
      {.inbox_before = kNow + Millis(8), .history_before = kNow + Millis(5)});
  CHECK(plan->expire == 2);
  CHECK(plan->drop == 2);
}

TEST_CASE("a copy that is cut off after any page goes on there", "[store][copy][mysql]") {
  const Way way = ways();
  Sound sound(way.from);
  const auto sent = sound.db.change([&](Store& s) -> Result<bool> {
    for (int i = 0; i < 2'500; ++i)
      MPIM_CHECKED(s.log().append(draft(sound.alice, sound.bob, "more"), kNow));
    return true;
  });
  REQUIRE(sent.ok());
  settle(sound.db);
  EmptyDatabase other(way.into);
  int attempts = 1;
  while (!copy_some(sound.db, other, 2)) ++attempts;
  CHECK(attempts > 6);
  check_sound(other);
}

TEST_CASE("a copy's entries are in their months at once", "[store][copy][mysql][M21]") {
  Sound sound(Backend::kSqlite);
  const Millis month = std::chrono::hours(24 * 31);
  for (int i = 1; i < 4; ++i)
    sound.db.send(draft(sound.alice, sound.bob, "x", "m" + std::to_string(i)), kNow + i * month);
  EmptyDatabase other(Backend::kMysql);
  const auto driver = other.driver();
  SECTION("into a new database") {}
  SECTION("into one that was made ready for this month") {
    REQUIRE(add_month_parts(*driver, kNow + 4 * month).ok());
  }
  copy_all(sound.db, other);
  const auto parts = log_parts(*driver).value();
  REQUIRE(parts.size() >= 6);
  for (size_t i = 0; i < parts.size(); ++i) {
    INFO(parts[i].name);
    CHECK((entries_in(*driver, parts[i]).value() > 0) == (i < 4));
  }
  CHECK(parts.front().name == "p2023_11");
  check_sound(other);
}

TEST_CASE("no node starts on a part of a copy", "[store][copy][mysql]") {
  const Way way = ways();
  Sound sound(way.from);
  settle(sound.db);
  EmptyDatabase other(way.into);
  REQUIRE_FALSE(copy_some(sound.db, other, 3));
  for (const bool migrate : {true, false}) {
    const auto opened = other.another({.migrate = migrate});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::kConflict);
  }
  SECTION("nor does another copy go on with it") {
    Sound second(way.from);
    settle(second.db);
    const auto source = second.db.driver({.read_only = true});
    const auto target = other.driver();
    const auto begun = StoreCopy::begin(*source, *target);
    REQUIRE_FALSE(begun.ok());
    CHECK(begun.error().code == Code::kConflict);
  }
  SECTION("until it is whole") {
    REQUIRE(copy_some(sound.db, other, UINT64_MAX));
    CHECK(other.another().ok());
  }
}

TEST_CASE("a database with anything in it is no target", "[store][copy][mysql]") {
  const Way way = ways();
  Sound sound(way.from);
  settle(sound.db);
  Database other(way.into);
  other.user("emil");
  other.close();
  const auto source = sound.db.driver({.read_only = true});
  const auto target = other.driver();
  const auto begun = StoreCopy::begin(*source, *target);
  REQUIRE_FALSE(begun.ok());
  CHECK(begun.error().code == Code::kExists);
  CHECK_FALSE(target->has_table(kCopyProgress));
}

TEST_CASE("a copy that was whole is compared again, and no more", "[store][copy][mysql]") {
  const Way way = ways();
  Sound sound(way.from);
  EmptyDatabase other(way.into);
  copy_all(sound.db, other);
  REQUIRE(copy_some(sound.db, other, 1));
  CHECK_FALSE(other.driver()->has_table(kCopyProgress));
}

TEST_CASE("what differs between two databases is named", "[store][copy][mysql]") {
  const Way way = ways();
  Sound sound(way.from);
  EmptyDatabase other(way.into);
  copy_all(sound.db, other);
  const auto found = [&] {
    const auto first = sound.db.driver({.read_only = true});
    const auto last = other.driver({.read_only = true});
    return differences(*first, *last, [](uint64_t) {}).value();
  };
  REQUIRE(found().empty());
  SECTION("a text") {
    other.plant("UPDATE messages SET text = 'y' WHERE conversation = 1 AND seq = 2");
    CHECK(found() ==
          std::vector<std::string>{"conversation 1: 3 entries, and 3 that are not the same"});
  }
  SECTION("two entries that changed places") {
    other.plant("UPDATE messages SET at = at + 1 WHERE conversation = 2 AND seq = 1");
    CHECK(found().size() == 1);
  }
  SECTION("a lost row") {
    other.plant("DELETE FROM hidden; DELETE FROM friendships WHERE user = 1001 AND friend = 1002");
    const auto all = found();
    REQUIRE(all.size() == 1);
    CHECK(all[0].starts_with("friendships: "));
  }
  SECTION("a mark") {
    other.plant("UPDATE retention SET erased = 7");
    REQUIRE(found().size() == 1);
    CHECK(found()[0].starts_with("retention: "));
  }
}

TEST_CASE("every table and column of the schema is copied, or made of what is", "[store][copy]") {
  Database db;
  const auto driver = db.driver();
  const std::vector<std::string> made_anew{"log_index",      "messages_by_seq", "retention",
                                           "schema_version", "sqlite_sequence", "store_identity"};
  size_t tables = 0;
  const auto all = driver->ask_once("SELECT name FROM sqlite_master WHERE type = 'table'").value();
  for (const std::string& name : all) {
    if (std::ranges::count(made_anew, name) > 0) continue;
    ++tables;
    const auto found = std::ranges::find(copied_tables(), name, &CopiedTable::name);
    const bool is_log = name == kCopiedLog.name;
    INFO(name);
    REQUIRE((is_log || found != copied_tables().end()));
    const CopiedTable& copied = is_log ? kCopiedLog : *found;
    const auto columns = driver->ask_once("SELECT name, pk FROM pragma_table_info('" + name + "')");
    size_t count = is_log ? 1 : 0;  // its place
    for (const std::string& column : columns.value()) {
      const std::string word = column.substr(0, column.find('|'));
      if (is_log && word == "pos") continue;
      INFO(word);
      CHECK((", " + std::string(copied.columns) + ",").find(", " + word + ",") !=
            std::string::npos);
      ++count;
    }
    CHECK(count == copied.cells.size() + (is_log ? 1 : 0));
  }
  CHECK(tables == copied_tables().size() + 1);
}

}  // namespace
}  // namespace mpim::test
