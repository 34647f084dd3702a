#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/store/verify/sound.h"

namespace mpim::test {
namespace {

TEST_CASE("a sound database has nothing to be found", "[store]") {
  Sound sound(GENERATE(from_range(backends())));
  check_sound(sound.db);
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
  check_sound(sound.db);
}

constexpr Planted kPlanted[] = {
    {"block.orphan", "UPDATE blocks SET blocked = 4711", 0},
    {"block.orphan", "UPDATE blocks SET blocked = 1002", 0},
    {"block.orphan", "UPDATE blocks SET user = 4711", 0},
    {"file.avatar", "UPDATE users SET avatar = 9 WHERE id = 1001", 0},
    {"file.avatar", "UPDATE users SET avatar = 1 WHERE id = 1002", 0},
    {"file.missing", "DELETE FROM file_uses", 3},
    {"file.missing", "DELETE FROM files", 3},
    {"file.orphan", "UPDATE files SET owner = 4711", 0},
    {"file.orphan", "UPDATE files SET hash = 'ab'", 0},
    {"file.use", "INSERT INTO file_uses VALUES (1, 1, 99)", 1},
    {"file.use", "INSERT INTO file_uses VALUES (1, 2, 1)", 2},
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
    {"hidden.orphan", "INSERT INTO hidden VALUES (1002, 1, 9)", 1},
    {"hidden.orphan", "INSERT INTO hidden VALUES (1003, 1, 1)", 1},
    {"index.missing", "DELETE FROM messages_by_seq WHERE id = 1073741824 + 2", 1},
    {"index.wrong", "UPDATE messages_by_seq SET pos = 1 WHERE id = 1073741824 + 3", 1},
    {"log.expired", "UPDATE conversations SET expired = 4 WHERE id = 1", 1},
    {"log.expired", "UPDATE conversations SET expired = -1 WHERE id = 1", 1},
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
    {"receipt.beyond_head", "INSERT INTO receipts VALUES (1, 1002, 0, 4, 0)", 1},
    {"receipt.beyond_head", "INSERT INTO receipts VALUES (1, 1003, 0, 3, 0)", 1},
    {"receipt.beyond_head", "INSERT INTO receipts VALUES (77, 1002, 0, 3, 0)", 77},
    {"retention.marks", "UPDATE retention SET history_pos = 1", 0},
    {"retention.marks", "UPDATE retention SET inbox_pos = 99", 0},
    {"retention.marks", "DELETE FROM retention", 0},
    {"text.packed", "UPDATE messages SET packed = 5 WHERE conversation = 1 AND seq = 2", 1},
    {"version.ahead", "UPDATE users SET version = 1 WHERE id = 1002", 0},
    {"version.ahead", "UPDATE users SET profile_version = 99 WHERE id = 1001", 0},
};

TEST_CASE("each planted inconsistency is found where it is", "[store][M68]") {
  const Planted& planted = GENERATE(from_range(std::begin(kPlanted), std::end(kPlanted)));
  Sound sound(Backend::kSqliteIndexedAtOnce);
  check_found(sound.db, planted);
}

TEST_CASE("each planted inconsistency is found on MySQL too", "[store][M68][mysql]") {
  check_found_on_mysql(kPlanted);
}

#define MPIM_ENTRY_BUT_AT                                                                          \
  "SELECT conversation, seq, kind, type, sender, device, subject, ref, at + 1, NULL, text, state," \
  " changed_at, sent_at, client_at, file, packed, ext FROM messages"
constexpr Planted kOnlyOnMysql[] = {
    {"log.twice",
     "INSERT INTO messages (conversation, seq, kind, type, sender, device, subject, ref, at,"
     " client_id, text, state, changed_at, sent_at, client_at, file, packed, "
     "ext) " MPIM_ENTRY_BUT_AT " WHERE conversation = 1 AND seq = 2",
     1, "seq 2 was given to 2 entries"},
    {"log.head", "UPDATE conversations SET head = 2 WHERE id = 1", 1,
     "the head is 2, but the last entry is 3"},
    {"client_id.unkept", "DELETE FROM client_ids WHERE conversation = 1 AND client_id = 'c3'", 1},
    {"writers.row", "DELETE FROM writers", 0,
     "the row that all writers hold is there 0 times, and counts 0 changes"},
    {"writers.row", "UPDATE writers SET rights_version = 0", 0},
};
#undef MPIM_ENTRY_BUT_AT

TEST_CASE("what only a database that many write to can have wrong is found",
          "[store][M68][mysql]") {
  check_found_on_mysql(kOnlyOnMysql);
}

TEST_CASE("a broken database does not bury its reader in findings", "[store]") {
  Sound sound(GENERATE(from_range(backends())));
  sound.db.close();
  sound.db.plant("DELETE FROM members");
  const auto driver = sound.db.driver();
  const auto found = verify(*driver, 1).value();
  const auto of_one = std::ranges::count(found, "message.not_member", &Finding::id);
  CHECK(of_one == 2);  // one of many, and that there are more
  CHECK(std::ranges::count(found, "there are more like these 1: mend them and look again",
                           &Finding::sentence) > 0);
}

TEST_CASE("a table that is gone is a finding among others", "[store][M68]") {
  Sound sound(GENERATE(from_range(backends())));
  sound.db.close();
  sound.db.plant("DELETE FROM retention");
  check_found(sound.db, {"database.damaged", "DROP TABLE hidden", 0});
  check_found(sound.db, {"retention.marks", "SELECT 1", 0});
  const auto found = findings(sound.db);
  REQUIRE(found.back().id == "database.damaged");
  CHECK(found.back().sentence.find("hidden") != std::string::npos);
  CHECK(std::ranges::count(found, "database.damaged", &Finding::id) == 1);
}

TEST_CASE("damaged pages are told as findings", "[store][M68]") {
  Sound sound(GENERATE(from_range(file_backends())));
  sound.db.close();
  constexpr size_t kPage = 4'096;
  const size_t pages = std::filesystem::file_size(sound.db.path()) / kPage;
  std::fstream file(sound.db.path(), std::ios::in | std::ios::out | std::ios::binary);
  for (size_t page = 1; page < pages; page += 2) {  // the first has the schema
    file.seekp(static_cast<std::streamoff>(page * kPage));
    file << std::string(kPage, '\0');
  }
  file.close();
  const auto found = findings(sound.db);
  REQUIRE_FALSE(found.empty());
  for (const Finding& each : found) CHECK(each.id == "database.damaged");
}

}  // namespace
}  // namespace mpim::test
