#include "server/store/sql/migrations.h"

#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

TEST_CASE("an empty database gets every migration once, in order", "[store]") {
  const TemporaryDirectory directory;
  const auto driver = std::move(open_sqlite_driver(sqlite_path(directory.path()))).value();
  const SchemaStatus empty = schema_status(*driver, sqlite_migrations()).value();
  CHECK(empty.version == 0);
  REQUIRE_FALSE(empty.migrations.empty());
  CHECK_FALSE(empty.migrations[0].applied);
  CHECK(require_newest(*driver, sqlite_migrations()).error().code == Code::kVersion);
  const auto applied = migrate(*driver, sqlite_migrations()).value();
  CHECK(applied.size() == sqlite_migrations().size());
  CHECK(applied[0] == "0001_init");
  CHECK(migrate(*driver, sqlite_migrations()).value().empty());
  CHECK(require_newest(*driver, sqlite_migrations()).ok());
  const SchemaStatus full = schema_status(*driver, sqlite_migrations()).value();
  CHECK(full.version == full.newest);
  CHECK(full.migrations[0].applied);
}

TEST_CASE("migrations are numbered without gaps", "[store]") {
  uint32_t expected = 1;
  for (const Migration& each : sqlite_migrations()) CHECK(each.version == expected++);
}

TEST_CASE("a database of a newer program is refused", "[store]") {
  Database db(GENERATE(from_range(backends())));
  db.close();
  db.plant("INSERT INTO schema_version (version, name) VALUES (99, '0099_future')");
  for (const bool read_only : {false, true}) {
    const auto opened = db.another({.read_only = read_only});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::kVersion);
    CHECK_THAT(opened.error().message, Catch::Contains("99") && Catch::Contains("newer mpim"));
  }
  const auto driver = db.driver();
  CHECK(migrate(*driver, sqlite_migrations()).error().code == Code::kVersion);
  CHECK(schema_status(*driver, sqlite_migrations()).value().migrations.back().name ==
        "0099_future");
}

TEST_CASE("an older database is not touched unless it may be migrated", "[store]") {
  const TemporaryDirectory directory;
  const std::string path = sqlite_path(directory.path());
  const auto refused = open_sqlite_store(path, {.migrate = false});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kVersion);
  CHECK_THAT(refused.error().message, Catch::Contains("mpimctl db migrate"));
  REQUIRE(open_sqlite_store(path).ok());
  CHECK(open_sqlite_store(path, {.migrate = false}).ok());
}

TEST_CASE("a migration that fails leaves nothing behind", "[store]") {
  const TemporaryDirectory directory;
  const auto driver = std::move(open_sqlite_driver(sqlite_path(directory.path()))).value();
  constexpr Migration kPlanted[] = {
      {1, "0001_good", "CREATE TABLE good (a INTEGER);"},
      {2, "0002_bad", "CREATE TABLE half (a INTEGER); CREATE TABLE good (a INTEGER);"},
      {3, "0003_never", "CREATE TABLE never (a INTEGER);"},
  };
  const auto failed = migrate(*driver, kPlanted);
  REQUIRE_FALSE(failed.ok());
  CHECK_THAT(failed.error().message, Catch::Contains("0002_bad"));
  CHECK(schema_status(*driver, kPlanted).value().version == 1);
  CHECK(driver->has_table("good"));
  CHECK_FALSE(driver->has_table("half"));
  CHECK_FALSE(driver->has_table("never"));
}

TEST_CASE("a database keeps its epoch, and two have different ones", "[store]") {
  Database one(GENERATE(from_range(backends())));
  Database two(GENERATE(from_range(backends())));
  const std::string epoch = one.store().epoch().value();
  CHECK_FALSE(epoch.empty());
  CHECK(epoch != two.store().epoch().value());
  one.crash_and_reopen();
  CHECK(one.store().epoch().value() == epoch);
  const auto chosen = open_sqlite_store(":memory:", {.new_epoch = "e1"});
  CHECK(chosen.value()->epoch().value() == "e1");
}

TEST_CASE("groups that everybody had left are dissolved by the migration to schema 4",
          "[store][P16]") {
  const TemporaryDirectory directory;
  const std::string path = sqlite_path(directory.path());
  {
    const auto driver = std::move(open_sqlite_driver(path)).value();
    REQUIRE(migrate(*driver, sqlite_migrations().first(3)).ok());
    REQUIRE(driver
                ->run_script(
                    "INSERT INTO users (id, name, name_key, password_hash, created_at)"
                    " VALUES (1001, 'a', 'a', 'h', 0);"
                    "INSERT INTO `groups` (id, conversation, name, description, owner, members,"
                    " created_at, join_policy) VALUES (1001, 1, 'g', '', 0, 0, 0, 1);"
                    "INSERT INTO conversations (id, kind, group_id, head, floor, members_version,"
                    " changed_at) VALUES (1, 1, 1001, 0, 1, 3, 0);"
                    "INSERT INTO group_requests (group_id, kind, user, made_by, state, version,"
                    " changed_at) VALUES (1001, 0, 1001, 1001, 1, 0, 0);")
                .ok());
  }
  const auto store = std::move(open_sqlite_store(path)).value();
  CHECK(store->groups().find(GroupId(1001))->dissolved_at.ms > 0);
  CHECK(store->groups().requests(GroupId(1001), {}, 9)->empty());
  REQUIRE(store->begin().ok());
  const auto asked = store->groups().ask_to_join(GroupId(1001), {UserId(1001), {}}, kNow);
  CHECK(asked.error().code == Code::kDissolved);
}

TEST_CASE("messages that were edited before schema 4 name their edit then", "[store][M17]") {
  const TemporaryDirectory directory;
  const std::string path = sqlite_path(directory.path());
  const auto message = [](int seq, int kind, int ref, int state) {
    const std::string number = std::to_string(seq);
    return "INSERT INTO messages (pos, conversation, seq, kind, type, sender, device, subject, ref,"
           " at, text, state) VALUES (" +
           number + ", 1, " + number + ", " + std::to_string(kind) + ", 0, 1001, 0, 0, " +
           std::to_string(ref) + ", 0, 'x', " + std::to_string(state) +
           "); INSERT INTO messages_by_seq (id, pos) VALUES (1073741824 + " + number + ", " +
           number + ");";
  };
  {
    const auto driver = std::move(open_sqlite_driver(path)).value();
    REQUIRE(migrate(*driver, sqlite_migrations().first(3)).ok());
    const std::string log = message(1, 0, 0, 1) + message(2, 0, 0, 0) + message(3, 5, 1, 0) +
                            message(4, 5, 1, 0) + "UPDATE log_index SET pos = 4;" +
                            "INSERT INTO conversations (id, kind, user_low, user_high, head, floor,"
                            " members_version, changed_at) VALUES (1, 0, 1001, 1002, 4, 1, 1, 0);";
    REQUIRE(driver->run_script(log).ok());
  }
  const auto store = std::move(open_sqlite_store(path)).value();
  const auto ref = [&](uint64_t seq) {
    return store->log().find(MessageId(ConversationId(1), Seq(seq))).value()->ref;
  };
  CHECK(ref(1) == Seq(4));
  CHECK(ref(2) == Seq(0));
  CHECK(ref(3) == Seq(1));
}

}  // namespace
}  // namespace mpim::test
