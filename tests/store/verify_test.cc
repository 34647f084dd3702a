#include "server/store/sql/verify.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

std::vector<Finding> findings(Database& db) {
  db.close();
  const auto driver = std::move(open_sqlite_driver(db.path())).value();
  return verify(*driver).value();
}

// Two users with a direct talk, and a group that one of them joined, left and joined again.
struct Sound {
  explicit Sound(Backend backend) : db(backend) {
    alice = db.user("alice");
    bob = db.user("bob");
    const Device phone = db.device(bob);
    for (const char* id : {"c1", "c2", "c3"}) {
      talk = db.send(draft(alice, bob, "x", id)).entry->conversation;
    }
    group = db.group(alice, {bob});
    db.leave(group.id, bob);
    db.join(group.id, bob);
    db.send(draft(bob, group.id, "x", "c1"));
    db.send(draft(kSystemUser, group.id, "x"));
    db.raise_delivered(phone, talk, Seq(2));
    db.read(bob, talk, Seq(1));
    db.send(draft(alice, alice, "note"));
    const UserId carol = db.user("carol");
    const auto made = db.change([&](Store& s) -> Result<bool> {
      MPIM_CHECKED(s.people().add_friend(alice, bob, kNow));
      MPIM_CHECKED(s.people().accept(bob, alice, kNow));
      MPIM_CHECKED(s.people().add_friend(carol, alice, kNow));
      MPIM_CHECKED(s.people().block(bob, carol, kNow));
      return true;
    });
    REQUIRE(made.ok());
  }
  Database db;
  UserId alice;
  UserId bob;
  ConversationId talk;
  Group group;
};

TEST_CASE("a sound database has nothing to be found", "[store]") {
  Sound sound(GENERATE(from_range(backends())));
  const auto found = findings(sound.db);
  for (const Finding& each : found) FAIL_CHECK(each.id << ": " << each.sentence);
}

TEST_CASE("a database stays sound through removals and empty groups", "[store]") {
  Sound sound(GENERATE(from_range(backends())));
  sound.db.leave(sound.group.id, sound.alice);
  const auto removed = sound.db.change([&](Store& s) -> Result<bool> {
    MPIM_CHECKED(s.people().end_all(sound.bob, kNow));
    MPIM_CHECKED(s.accounts().remove(sound.bob));
    return true;
  });
  REQUIRE(removed.ok());
  const auto found = findings(sound.db);
  for (const Finding& each : found) FAIL_CHECK(each.id << ": " << each.sentence);
}

struct Planted {
  const char* id;
  const char* sql;
  uint64_t conversation;
};

// Conversation 1 is the direct talk, 2 the group's; users 1001 and 1002; group 1001.
constexpr Planted kPlanted[] = {
    {"block.orphan", "UPDATE blocks SET blocked = 4711", 0},
    {"block.orphan", "UPDATE blocks SET blocked = 1002", 0},
    {"block.orphan", "UPDATE blocks SET user = 4711", 0},
    {"friend.blocked", "UPDATE blocks SET blocked = 1001", 0},
    {"friend.orphan", "UPDATE friendships SET friend = 4711 WHERE friend = 1002", 0},
    {"friend.self", "INSERT INTO friendships VALUES (1001, 1001, 0, 1, 0)", 0},
    {"friend.sides", "DELETE FROM friendships WHERE user = 1002", 0},
    {"friend.sides", "UPDATE friendships SET state = 1 WHERE user = 1001 AND friend = 1003", 0},
    {"friend.sides", "UPDATE friendships SET state = 0 WHERE user = 1001 AND friend = 1002", 0},
    {"client_id.missing",
     "UPDATE client_ids SET seq = 9 WHERE conversation = 1 AND client_id = 'c3'", 1},
    {"client_id.missing",
     "UPDATE client_ids SET seq = 1 WHERE conversation = 1 AND client_id = 'c3'", 1},
    {"client_id.orphan", "INSERT INTO client_ids VALUES (77, 1001, 'x', 1, 0, 0)", 77},
    {"cursor.beyond_head", "UPDATE cursors SET seq = 4 WHERE device = 0", 1},
    {"cursor.orphan",
     "INSERT INTO cursors (user, device, conversation, seq) VALUES (1002, 99, 1, 1)", 1},
    {"cursor.orphan",
     "INSERT INTO cursors (user, device, conversation, seq) VALUES (1002, 0, 3, 1)", 3},
    {"device.orphan", "UPDATE devices SET user = 4711", 0},
    {"direct.members", "DELETE FROM members WHERE conversation = 1 AND user = 1001", 1},
    {"direct.members", "UPDATE members SET from_seq = 1 WHERE conversation = 1 AND user = 1001", 1},
    {"group.conversation", "UPDATE `groups` SET conversation = 77", 77},
    {"group.conversation", "UPDATE conversations SET group_id = 77 WHERE id = 2", 2},
    {"group.count", "UPDATE `groups` SET members = 5", 2},
    {"group.dissolved", "UPDATE `groups` SET dissolved_at = 1", 2},
    {"group.owner", "UPDATE `groups` SET owner = 1002", 2},
    {"group.owner", "UPDATE members SET role = 2 WHERE conversation = 2", 2},
    {"group.owner", "UPDATE `groups` SET owner = 0; UPDATE members SET role = 0", 2},
    {"group.request", "INSERT INTO group_requests VALUES (1001, 0, 1002, 1002, 1, 0, 0)", 2},
    {"group.request", "INSERT INTO group_requests VALUES (1001, 1, 4711, 1001, 1, 1, 0)", 2},
    {"group.request", "INSERT INTO group_requests VALUES (77, 1, 1001, 1001, 1, 1, 0)", 0},
    {"group.state", "UPDATE `groups` SET join_policy = 3", 2},
    {"group.state", "UPDATE `groups` SET muted_until = -1", 2},
    {"index.missing", "DELETE FROM messages_by_seq WHERE id = 1073741824 + 2", 1},
    {"index.wrong", "UPDATE messages_by_seq SET pos = 1 WHERE id = 1073741824 + 3", 1},
    {"log.floor", "UPDATE conversations SET floor = 2 WHERE id = 1", 1},
    {"log.gap", "DELETE FROM messages WHERE conversation = 1 AND seq = 2", 1},
    {"log.head", "UPDATE conversations SET head = 4 WHERE id = 1", 1},
    {"log.head", "DELETE FROM messages WHERE conversation = 1 AND seq = 3", 1},
    {"log.orphan", "UPDATE messages SET conversation = 77 WHERE conversation = 3", 77},
    {"member.interval", "UPDATE members SET to_seq = 99 WHERE conversation = 2 AND user = 1001", 2},
    {"member.interval",
     "UPDATE members SET to_seq = from_seq WHERE conversation = 2 AND from_seq = 1", 2},
    {"member.orphan",
     "INSERT INTO members (conversation, user, from_seq, to_seq, role, joined_at) VALUES (77, "
     "1001, 0, 9, 0, 0)",
     77},
    {"member.orphan",
     "INSERT INTO members (conversation, user, from_seq, to_seq, role, joined_at) VALUES (2, 4711, "
     "0, 2, 0, 0)",
     2},
    {"member.overlap", "UPDATE members SET to_seq = 4 WHERE conversation = 2 AND from_seq = 1", 2},
    {"member.role", "UPDATE members SET role = 3 WHERE conversation = 2 AND user = 1002", 2},
    {"member.role", "UPDATE members SET role = 1 WHERE conversation = 1 AND user = 1002", 1},
    {"member.version", "UPDATE conversations SET members_version = 1 WHERE id = 2", 2},
    {"message.not_member", "UPDATE messages SET sender = 4711 WHERE conversation = 1 AND seq = 2",
     1},
    {"message.not_member",
     "UPDATE messages SET kind = 0, sender = 1002 WHERE conversation = 2 AND seq = 1", 2},
    {"version.ahead", "UPDATE users SET version = 1 WHERE id = 1002", 0},
    {"version.ahead", "UPDATE users SET profile_version = 99 WHERE id = 1001", 0},
};

TEST_CASE("each planted inconsistency is found where it is", "[store][M68]") {
  const Planted& planted = GENERATE(from_range(std::begin(kPlanted), std::end(kPlanted)));
  Sound sound(Backend::kSqliteIndexedAtOnce);
  sound.db.close();
  sound.db.plant(planted.sql);
  const auto found = findings(sound.db);
  INFO(planted.sql);
  const bool named = std::ranges::any_of(found, [&](const Finding& each) {
    return each.id == planted.id && each.conversation.value == planted.conversation;
  });
  for (const Finding& each : found) UNSCOPED_INFO(each.id << " " << each.sentence);
  CHECK(named);
}

TEST_CASE("a broken database does not bury its reader in findings", "[store]") {
  Sound sound(GENERATE(from_range(backends())));
  sound.db.close();
  sound.db.plant("DELETE FROM members");
  const auto driver = std::move(open_sqlite_driver(sound.db.path())).value();
  const auto found = verify(*driver, 1).value();
  const auto of_one = std::ranges::count(found, "message.not_member", &Finding::id);
  CHECK(of_one == 1);
}

}  // namespace
}  // namespace mpim::test
