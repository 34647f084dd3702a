// What must not be left of people who were erased, and what receipts cannot say.
#include "tests/store/verify/sound.h"

namespace mpim::test {
namespace {

constexpr Planted kPlanted[] = {
    {"device.orphan",
     "INSERT INTO devices (user, name, generation, created_at, seen_at)"
     " VALUES (1004, 'tablet', 0, 0, 0)",
     0},
    {"device.refresh",
     "INSERT INTO devices (user, name, generation, created_at, seen_at, refresh_hash)"
     " VALUES (1001, 'tablet', 0, 0, 0, 'h')",
     0},
    {"token.admin", "INSERT INTO admin_tokens VALUES ('j', 'uid 0', 5, 4, 0)", 0,
     "an admin token issued at 5 expires at 4, or was revoked before it was there"},
    {"token.admin", "INSERT INTO admin_tokens VALUES ('j', 'uid 0', 5, 9, 4)", 0},
    {"token.key",
     "INSERT INTO signing_keys VALUES ('k', 'none', '0123456789abcdef0123456789abcdef', 1, 2, 3)",
     0, "the signing key made at 1 is not whole, or ends at 3, while it still signs"},
    {"token.key", "INSERT INTO signing_keys VALUES ('k', 'HS256', 'short', 1, 2, 3)", 0},
    {"erasure.account", "UPDATE users SET name = 'dora' WHERE id = 1004", 0,
     "user 1004 was erased (receipt 1), and his account, name or profile is still there"},
    {"erasure.account", "UPDATE users SET name_key = 'dora' WHERE id = 1004", 0},
    {"erasure.account", "UPDATE users SET removed = 0 WHERE id = 1004", 0},
    {"erasure.account", "UPDATE users SET password_hash = 'h' WHERE id = 1004", 0},
    {"erasure.account", "UPDATE users SET display_name = 'D.' WHERE id = 1004", 0},
    {"erasure.account", "UPDATE users SET about = 'tea' WHERE id = 1004", 0},
    {"erasure.account", "UPDATE users SET avatar = 1 WHERE id = 1004", 0},
    {"erasure.account", "UPDATE users SET friends_only = 1 WHERE id = 1004", 0},
    {"erasure.account", "UPDATE erasures SET user = 4711", 0,
     "user 4711 was erased (receipt 1), and his account, name or profile is still there"},
    {"erasure.client_id", "INSERT INTO client_ids VALUES (4, 1004, 'c1', 2, 0, 0)", 4,
     "user 1004 was erased, and the client id of his message 2 is still kept"},
    {"erasure.hidden", "INSERT INTO hidden VALUES (1004, 4, 1)", 4,
     "user 1004 was erased, and it is still kept that he hid message 1"},
    {"erasure.message", "UPDATE messages SET text = 'b' WHERE conversation = 4 AND seq = 2", 4,
     "user 1004 was erased, and something of his is still in message 2"},
    {"erasure.message", "UPDATE messages SET file = 1 WHERE conversation = 4 AND seq = 2", 4},
    {"erasure.message", "UPDATE messages SET ext = '{}' WHERE conversation = 4 AND seq = 2", 4},
    {"erasure.message", "UPDATE messages SET client_id = 'c1' WHERE conversation = 4 AND seq = 2",
     4},
    {"erasure.receipt", "INSERT INTO receipts VALUES (4, 1004, 1, 3, 0)", 4,
     "user 1004 was erased, and it is still kept when he received or read message 3"},
    {"erasure.upload", "UPDATE files SET owner = 1004", 0,
     "user 1004 was erased, and his upload 1 is still there"},
    {"friend.orphan", "INSERT INTO friendships VALUES (1004, 1001, 1, 0, 0), (1001, 1004, 2, 0, 0)",
     0},
    {"group.request", "INSERT INTO group_requests VALUES (1001, 1, 1004, 1001, 1, 0, 0)", 2},
    {"receipt.beyond_cursor", "INSERT INTO receipts VALUES (1, 1002, 1, 2, 0)", 1,
     "a receipt says that user 1002 has read 2, where his read cursor has never been"},
    {"receipt.beyond_cursor", "DELETE FROM cursors; INSERT INTO receipts VALUES (1, 1002, 1, 1, 0)",
     1, "a receipt says that user 1002 has read 1, where his read cursor has never been"},
};

TEST_CASE("whatever is left of who was erased is found, row by row", "[store][M68]") {
  const Planted& planted = GENERATE(from_range(std::begin(kPlanted), std::end(kPlanted)));
  Sound sound(Backend::kSqliteIndexedAtOnce);
  check_found(sound.db, planted);
}

TEST_CASE("whatever is left of who was erased is found on MySQL too", "[store][M68][mysql]") {
  check_found_on_mysql(kPlanted);
}

TEST_CASE("an erasure that is under way is no fault at any of its steps", "[store][M68]") {
  Sound sound(GENERATE(from_range(backends())));
  const UserId bob = sound.bob;
  REQUIRE(sound.db
              .change([&](Store& s) -> Result<bool> {
                MPIM_CHECKED(s.people().end_all(bob, kNow));
                MPIM_CHECKED(s.accounts().remove(bob));
                MPIM_CHECKED(s.erasures().begin(bob, "root", kNow));
                return true;
              })
              .ok());
  for (bool more = true; more;) {
    const auto done = sound.db.change([&](Store& s) { return s.erasures().step(2, 1, kNow); });
    REQUIRE(done.ok());
    more = done->erasure.finished_at.ms == 0;
    check_sound(sound.db);
    sound.db.crash_and_reopen();
  }
}

TEST_CASE("what may be in a sound database is remarked upon", "[store][M68]") {
  Sound sound(Backend::kSqliteIndexedAtOnce);
  const auto remarked = [&] {
    const auto driver = sound.db.driver();
    return remarks(*driver).value();
  };
  REQUIRE(remarked().empty());
  SECTION("an erasure under way") {
    sound.db.plant("UPDATE erasures SET finished_at = 0");
    const auto found = remarked();
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == "erasure.open");
    CHECK(found[0].sentence ==
          "erasure 1, of user 1004, is under way: the node goes on with it when it starts");
  }
  SECTION("times that go back") {
    sound.db.plant("INSERT INTO receipts VALUES (1, 1002, 0, 1, 50), (1, 1002, 0, 2, 49)");
    sound.db.plant("INSERT INTO receipts VALUES (1, 1002, 1, 1, 49), (1, 1001, 0, 3, 48)");
    const auto found = remarked();
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == "receipt.time");
    CHECK(found[0].conversation == ConversationId(1));
    CHECK(found[0].sentence ==
          "a receipt of user 1002 says that message 2 came before the one below it: was the clock "
          "set back?");
  }
  check_sound(sound.db);
}

}  // namespace
}  // namespace mpim::test
