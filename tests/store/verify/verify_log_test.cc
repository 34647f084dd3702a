// What the log must never say.
#include "tests/store/verify/sound.h"

namespace mpim::test {
namespace {

constexpr Planted kPlanted[] = {
    {"client_id.unkept", "DELETE FROM client_ids WHERE conversation = 1 AND client_id = 'c2'", 1,
     "user 1001 wrote message 2 under a client id that is not kept: a retry would store it again"},
    {"client_id.unkept",
     "UPDATE client_ids SET seq = 1 WHERE conversation = 1 AND client_id = 'c3'", 1,
     "user 1001 wrote message 3 under a client id that is not kept: a retry would store it again"},
    {"entry.kind", "UPDATE messages SET kind = 13 WHERE conversation = 1 AND seq = 2", 1,
     "entry 2 is of kind 13, which does not exist"},
    {"entry.kind", "UPDATE messages SET kind = -1 WHERE conversation = 2 AND seq = 1", 2,
     "entry 1 is of kind -1, which does not exist"},
    {"entry.state", "UPDATE messages SET state = 3 WHERE conversation = 1 AND seq = 2", 1,
     "entry 2 is in state 3, which does not exist, or only for messages"},
    {"entry.state", "UPDATE messages SET state = 1 WHERE conversation = 2 AND seq = 1", 2,
     "entry 1 is in state 1, which does not exist, or only for messages"},
    {"entry.type", "UPDATE messages SET type = 4 WHERE conversation = 1 AND seq = 2", 1,
     "entry 2 has text of type 4, which does not exist"},
    {"event.ref", "UPDATE messages SET ref = 99 WHERE conversation = 4 AND kind = 5", 4,
     "entry 3 is about 99, which is no message before it"},
    {"event.ref", "UPDATE messages SET ref = 0 WHERE conversation = 4 AND kind = 5", 4,
     "entry 3 is about 0, which is no message before it"},
    {"event.ref", "UPDATE messages SET ref = 4 WHERE conversation = 4 AND kind = 5", 4,
     "entry 3 is about 4, which is no message before it"},
    {"event.ref", "UPDATE messages SET ref = 3 WHERE conversation = 4 AND kind = 4", 4,
     "entry 5 is about 3, which is no message before it"},
    {"event.ref", "UPDATE messages SET ref = 99 WHERE conversation = 2 AND seq = 1", 2,
     "entry 1 is about 99, which is no message before it"},
    {"event.state", "UPDATE messages SET state = 0 WHERE conversation = 4 AND seq = 1", 4,
     "entry 3 says that message 1 was edited or recalled, and the message does not"},
    {"event.state", "UPDATE messages SET state = 1 WHERE conversation = 4 AND seq = 4", 4,
     "entry 5 says that message 4 was edited or recalled, and the message does not"},
    {"message.change", "UPDATE messages SET ref = 5 WHERE conversation = 4 AND seq = 1", 4,
     "message 1 says that 5 edited or recalled it, which is no such entry"},
    {"message.change", "UPDATE messages SET ref = 99 WHERE conversation = 4 AND seq = 4", 4,
     "message 4 says that 99 edited or recalled it, which is no such entry"},
    {"message.recalled", "UPDATE messages SET text = 'c' WHERE conversation = 4 AND seq = 4", 4,
     "message 4 was recalled, and still has its text, file (0) or ext"},
    {"message.recalled", "UPDATE messages SET file = 1 WHERE conversation = 4 AND seq = 4", 4,
     "message 4 was recalled, and still has its text, file (1) or ext"},
    {"message.recalled", "UPDATE messages SET ext = '{}' WHERE conversation = 4 AND seq = 4", 4,
     "message 4 was recalled, and still has its text, file (0) or ext"},
};

TEST_CASE("an entry, a change or a client id that cannot be is found and named", "[store][M68]") {
  const Planted& planted = GENERATE(from_range(std::begin(kPlanted), std::end(kPlanted)));
  Sound sound(Backend::kSqliteIndexedAtOnce);
  check_found(sound.db, planted);
}

TEST_CASE("an entry, a change or a client id that cannot be is found on MySQL too",
          "[store][M68][mysql]") {
  check_found_on_mysql(kPlanted);
}

TEST_CASE("what the index has not reached yet is looked at all the same", "[store][M68]") {
  Database db;
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Group group = db.group(alice, {bob});
  REQUIRE(group.conversation.value == 1);
  db.send(draft(alice, alice, "note"));
  db.send(draft(alice, bob, "x", "c1"));
  const auto changed = [&](const EntryChange& change) {
    REQUIRE(db.change([&](Store& s) { return s.log().change(change, kNow); }).ok());
  };
  const MessageId first(ConversationId(3), Seq(1));
  changed({first, alice, {}, false, "y"});
  REQUIRE(db.send(draft(bob, alice, "z")).committed.id == MessageId(ConversationId(3), Seq(3)));
  changed({MessageId(ConversationId(3), Seq(3)), bob, {}, true, ""});
  SECTION("a change of what is not indexed is sound") { check_sound(db); }
  SECTION("a ref to nothing") {
    check_found(db, {"event.ref", "UPDATE messages SET ref = 9 WHERE kind = 5", 3});
  }
  SECTION("a ref to another change") {
    check_found(db, {"event.ref", "UPDATE messages SET ref = 2 WHERE kind = 4", 3});
  }
  SECTION("a change that the message does not know") {
    check_found(db, {"event.state", "UPDATE messages SET state = 0 WHERE state = 1", 3});
  }
}

TEST_CASE("a change may be about what was deleted for its age", "[store][M15][M68]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const MessageId first = db.send(draft(alice, bob, "x", "c1")).committed.id;
  REQUIRE(db.change([&](Store& s) {
              return s.log().change({first, alice, {}, false, "y"}, kNow + Millis(9));
            }).ok());
  db.send(draft(alice, bob, "z", "c2"), kNow + Millis(9));
  for (bool more = true; more;) {
    const auto done = db.change(
        [&](Store& s) { return s.retention().step({.history_before = kNow + Millis(1)}, 9); });
    REQUIRE(done.ok());
    more = done->more;
  }
  REQUIRE(db.store().log().find(first).error().code == Code::kNotFound);
  check_sound(db);
}

TEST_CASE("a client id that was forgotten for its age is no fault", "[store][M48][M68]") {
  StoreOptions options;
  options.limits.client_id_window = Millis(5);
  Database db(GENERATE(from_range(backends())), options);
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  db.send(draft(alice, bob, "x", "c1"));
  db.send(draft(alice, bob, "y", "c2"));
  SECTION("because it is used for another message") {
    db.send(draft(alice, bob, "z", "c1"), kNow + Millis(9));
  }
  SECTION("by the retention job") {
    const auto done = db.change(
        [&](Store& s) { return s.retention().step({.client_ids_before = kNow + Millis(1)}, 9); });
    REQUIRE(done.ok());
  }
  check_sound(db);
}

}  // namespace
}  // namespace mpim::test
