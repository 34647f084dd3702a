#include "server/store/sql/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/store/sql/driver/snapshot.h"

namespace mpim {
namespace {

// A query that finds what must not be. Its columns: the conversation (0: none), then two numbers
// that `sentence` may name as {0} and {1}.
struct Check {
  std::string_view id;
  Sql query;
  std::string_view sentence;
};

#define MPIM_STILL_MEMBER "9223372036854775807"
// Each conversation's first and last entry, and the last that the index has.
#define MPIM_ENDS                                                                     \
  "(SELECT conversation, MIN(seq) AS first, MAX(seq) AS last,"                        \
  " MAX(CASE WHEN pos <= (SELECT pos FROM log_index) THEN seq ELSE 0 END) AS indexed" \
  " FROM messages GROUP BY conversation) e "
constexpr Check kChecks[] = {
    {"block.orphan",
     "SELECT 0, b.user, b.blocked FROM blocks b LEFT JOIN users u ON u.id = b.user AND u.removed = "
     "0"
     " LEFT JOIN users w ON w.id = b.blocked WHERE b.state <> 0"
     " AND (u.id IS NULL OR w.id IS NULL OR b.user = b.blocked)",
     "user {0} blocks user {1}; one of them does not exist, or they are the same"},
    {"client_id.missing",
     "SELECT i.conversation, i.sender, i.seq FROM client_ids i"
     " JOIN conversations c ON c.id = i.conversation LEFT JOIN messages_by_seq p"
     " ON p.id = i.conversation * 1073741824 + i.seq LEFT JOIN messages e ON e.pos = p.pos"
     " WHERE i.seq >= c.floor"
     " AND (e.seq IS NULL OR e.sender <> i.sender OR e.client_id IS NULL OR e.client_id <> "
     "i.client_id)",
     "a client id of user {0} stands for message {1}, which is missing or another"},
    {"client_id.orphan",
     "SELECT i.conversation, i.sender, i.seq FROM client_ids i"
     " LEFT JOIN conversations c ON c.id = i.conversation WHERE c.id IS NULL",
     "a client id of user {0} belongs to a conversation that does not exist"},
    {"cursor.beyond_head",
     "SELECT u.conversation, u.user, u.seq FROM cursors u"
     " JOIN conversations c ON c.id = u.conversation LEFT JOIN " MPIM_ENDS
     "ON e.conversation = c.id WHERE u.seq > {greatest}(c.head, COALESCE(e.last, 0)) OR u.seq < 0",
     "a cursor of user {0} stands at {1}, beyond the conversation's head"},
    {"cursor.orphan",
     "SELECT u.conversation, u.user, u.device FROM cursors u LEFT JOIN devices d"
     " ON d.id = u.device AND d.user = u.user WHERE (u.device <> 0 AND d.id IS NULL)"
     " OR NOT EXISTS (SELECT 1 FROM members m WHERE m.conversation = u.conversation"
     " AND m.user = u.user)",
     "a cursor of user {0} names device {1} or a conversation that is not his"},
    {"device.orphan",
     "SELECT 0, d.id, d.user FROM devices d LEFT JOIN users u ON u.id = d.user AND u.removed = 0"
     " WHERE u.id IS NULL",
     "device {0} belongs to user {1}, who does not exist"},
    {"direct.members",
     "SELECT c.id, c.user_low, c.user_high FROM conversations c WHERE c.kind = 0 AND"
     " (c.group_id IS NOT NULL OR c.user_low IS NULL OR c.user_high IS NULL OR c.user_low > "
     "c.user_high"
     " OR (SELECT COUNT(*) FROM members m WHERE m.conversation = c.id) <>"
     " CASE WHEN c.user_low = c.user_high THEN 1 ELSE 2 END"
     " OR (SELECT COUNT(*) FROM members m WHERE m.conversation = c.id AND m.from_seq = 0 AND "
     "m.to_seq = " MPIM_STILL_MEMBER " AND m.user IN (c.user_low, c.user_high)) <>"
     " CASE WHEN c.user_low = c.user_high THEN 1 ELSE 2 END)",
     "the direct talk of users {0} and {1} does not have exactly these two as members from its "
     "start"},
    {"friend.blocked",
     "SELECT 0, f.user, f.friend FROM friendships f JOIN blocks b"
     " ON b.user = f.user AND b.blocked = f.friend WHERE f.state <> 0 AND b.state <> 0",
     "user {0} has blocked user {1} and is his friend, or open to be"},
    {"friend.orphan",
     "SELECT 0, f.user, f.friend FROM friendships f"
     " LEFT JOIN users u ON u.id = f.user AND u.removed = 0"
     " LEFT JOIN users w ON w.id = f.friend AND w.removed = 0"
     " WHERE f.state <> 0 AND (u.id IS NULL OR w.id IS NULL)",
     "the friendship of users {0} and {1} names somebody who does not exist"},
    {"friend.self", "SELECT 0, user, state FROM friendships WHERE user = friend",
     "user {0} is a friend of his own"},
    {"friend.sides",
     "SELECT 0, f.user, f.friend FROM friendships f LEFT JOIN friendships o"
     " ON o.user = f.friend AND o.friend = f.user WHERE COALESCE(o.state, 0) <>"
     " CASE f.state WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE f.state END",
     "what user {0} is to user {1} does not fit what that one is to him"},
    {"group.conversation",
     "SELECT g.conversation, g.id, 0 FROM `groups` g LEFT JOIN conversations c"
     " ON c.id = g.conversation AND c.group_id = g.id AND c.kind = 1 WHERE c.id IS NULL"
     " UNION ALL SELECT c.id, COALESCE(c.group_id, 0), 0 FROM conversations c LEFT JOIN `groups` g"
     " ON g.id = c.group_id AND g.conversation = c.id WHERE c.kind = 1 AND g.id IS NULL",
     "group {0} and its conversation do not name each other"},
    {"group.count",
     "SELECT g.conversation, g.id, g.members FROM `groups` g WHERE g.members <> (SELECT COUNT(*)"
     " FROM members m WHERE m.conversation = g.conversation AND m.to_seq = " MPIM_STILL_MEMBER ")",
     "group {0} says that it has {1} members, and has another number"},
    {"group.dissolved",
     "SELECT g.conversation, g.id, g.members FROM `groups` g WHERE g.dissolved_at > 0 AND"
     " (g.owner <> 0 OR EXISTS (SELECT 1 FROM members m WHERE m.conversation = g.conversation"
     " AND m.to_seq = " MPIM_STILL_MEMBER ") OR EXISTS (SELECT 1 FROM group_requests r"
     " WHERE r.group_id = g.id AND r.state = 1))",
     "group {0} is dissolved, and has an owner, members ({1}) or open requests"},
    {"group.owner",
     "SELECT g.conversation, g.id, g.owner FROM `groups` g WHERE (g.owner <> 0 OR EXISTS (SELECT 1"
     " FROM members m WHERE m.conversation = g.conversation AND m.to_seq = " MPIM_STILL_MEMBER "))"
     " AND ((SELECT COUNT(*) FROM members m WHERE m.conversation = g.conversation AND m.role = 2"
     " AND m.to_seq = " MPIM_STILL_MEMBER ") <> 1 OR NOT EXISTS (SELECT 1 FROM members m"
     " WHERE m.conversation = g.conversation AND m.role = 2 AND m.user = g.owner AND m.to_seq "
     "= " MPIM_STILL_MEMBER "))",
     "group {0} does not have exactly one owner among its members; it names user {1}"},
    {"group.request",
     "SELECT COALESCE(g.conversation, 0), r.group_id, r.user FROM group_requests r"
     " LEFT JOIN `groups` g ON g.id = r.group_id LEFT JOIN users u ON u.id = r.user"
     " AND u.removed = 0 WHERE r.state = 1 AND (g.id IS NULL OR u.id IS NULL OR EXISTS (SELECT 1"
     " FROM members m WHERE m.conversation = g.conversation AND m.user = r.user"
     " AND m.to_seq = " MPIM_STILL_MEMBER "))",
     "an open request of group {0} is about user {1}, who belongs already or does not exist"},
    {"group.state",
     "SELECT g.conversation, g.id, g.join_policy FROM `groups` g WHERE g.join_policy NOT IN (0, 1, "
     "2)"
     " OR g.muted_until < 0 OR g.dissolved_at < 0",
     "group {0} is joined in a way ({1}) that does not exist, or has a time below 0"},
    {"index.missing",
     "SELECT e.conversation, e.seq, e.pos FROM messages e LEFT JOIN messages_by_seq p"
     " ON p.id = e.conversation * 1073741824 + e.seq"
     " WHERE e.pos <= (SELECT pos FROM log_index) AND (p.pos IS NULL OR p.pos <> e.pos)",
     "the index should have entry {0} at {1}, and has not"},
    {"index.wrong",
     "SELECT p.id / 1073741824, p.id % 1073741824, p.pos FROM messages_by_seq p"
     " LEFT JOIN messages e ON e.pos = p.pos"
     " WHERE e.pos IS NULL OR p.id <> e.conversation * 1073741824 + e.seq",
     "the index has entry {0} at {1}, where another lies or none"},
    {"log.floor",
     "SELECT c.id, c.floor, COALESCE(e.first, 0) FROM conversations c LEFT JOIN " MPIM_ENDS
     "ON e.conversation = c.id WHERE c.floor < 1"
     " OR c.floor > {greatest}(c.head, COALESCE(e.last, 0)) + 1"
     " OR COALESCE(e.first, c.head + 1) <> c.floor",
     "the floor is {0}, but the first entry is {1}"},
    {"log.gap",
     "SELECT conversation, MAX(seq) - MIN(seq) + 1, COUNT(*) FROM messages GROUP BY conversation"
     " HAVING MAX(seq) - MIN(seq) + 1 <> COUNT(*)",
     "{0} seqs lie between the first and the last entry, but there are {1} entries"},
    {"log.head",
     "SELECT c.id, c.head, COALESCE(e.last, 0) FROM conversations c LEFT JOIN " MPIM_ENDS
     "ON e.conversation = c.id WHERE c.head > COALESCE(e.last, c.floor - 1)"
     " OR c.head < COALESCE(e.indexed, c.floor - 1)",
     "the head is {0}, but the last entry is {1}"},
    {"log.orphan",
     "SELECT e.conversation, MIN(e.seq), COUNT(*) FROM messages e LEFT JOIN conversations c"
     " ON c.id = e.conversation WHERE c.id IS NULL GROUP BY e.conversation",
     "{1} entries belong to a conversation that does not exist"},
    {"member.interval",
     "SELECT m.conversation, m.user, m.from_seq FROM members m JOIN conversations c"
     " ON c.id = m.conversation LEFT JOIN " MPIM_ENDS "ON e.conversation = c.id"
     " WHERE m.from_seq < 0 OR m.from_seq >= m.to_seq"
     " OR m.from_seq > {greatest}(c.head, COALESCE(e.last, 0))"
     " OR (m.to_seq <> " MPIM_STILL_MEMBER
     " AND m.to_seq > {greatest}(c.head, COALESCE(e.last, 0)))",
     "the membership of user {0} that begins after {1} ends before it begins, or beyond the head"},
    {"member.orphan",
     "SELECT m.conversation, m.user, m.from_seq FROM members m"
     " LEFT JOIN conversations c ON c.id = m.conversation LEFT JOIN users u ON u.id = m.user"
     " WHERE c.id IS NULL OR u.id IS NULL",
     "a membership of user {0} names a conversation or a user that does not exist"},
    {"member.overlap",
     "SELECT a.conversation, a.user, b.from_seq FROM members a JOIN members b"
     " ON b.conversation = a.conversation AND b.user = a.user AND b.from_seq > a.from_seq"
     " WHERE a.to_seq > b.from_seq",
     "user {0} has two memberships at once from {1} on"},
    {"member.role",
     "SELECT m.conversation, m.user, m.role FROM members m JOIN conversations c"
     " ON c.id = m.conversation WHERE m.role NOT IN (0, 1, 2) OR (c.kind = 0 AND m.role <> 0)"
     " OR m.muted_until < 0",
     "user {0} has role {1} or a mute that does not exist there"},
    {"member.version",
     "SELECT c.id, c.members_version, COUNT(*) FROM conversations c JOIN members m"
     " ON m.conversation = c.id LEFT JOIN `groups` g ON g.id = c.group_id WHERE c.kind = 1"
     " GROUP BY c.id, c.members_version HAVING c.members_version <="
     " SUM(CASE WHEN m.to_seq = " MPIM_STILL_MEMBER " OR g.dissolved_at > 0 THEN 1 ELSE 2 END)",
     "members_version is {0}: fewer changes than its {1} memberships took"},
    {"message.not_member",
     "SELECT e.conversation, e.sender, e.seq FROM messages e WHERE e.kind = 0 AND e.sender <> 1"
     " AND NOT EXISTS (SELECT 1 FROM members m WHERE m.conversation = e.conversation"
     " AND m.user = e.sender AND m.from_seq < e.seq AND m.to_seq >= e.seq)",
     "user {0} wrote message {1} without being a member then"},
    {"version.ahead",
     "SELECT 0, x.user, x.version FROM (SELECT user, version FROM friendships"
     " UNION ALL SELECT user, version FROM blocks UNION ALL SELECT user, version FROM cursors"
     " UNION ALL SELECT user, version FROM group_requests"
     " UNION ALL SELECT id, profile_version FROM users) x"
     " JOIN users u ON u.id = x.user WHERE x.version > u.version",
     "something of user {0} changed at version {1}, which he has not reached"},
};
#undef MPIM_ENDS
#undef MPIM_STILL_MEMBER
static_assert(std::ranges::is_sorted(kChecks, {}, &Check::id));

Result<void> run_check(Driver& driver, const Check& check, uint32_t count_max,
                       std::vector<Finding>& findings) {
  MPIM_TRY(Rows rows, driver.ask(check.query));
  for (uint32_t found = 0; found < count_max; ++found) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    findings.push_back({std::string(check.id), rows.id<ConversationId>(0),
                        fmt::format(fmt::runtime(check.sentence), rows.number(1), rows.number(2))});
  }
  return {};
}

Result<void> check_pages(Driver& driver, std::vector<Finding>& findings) {
  const std::string_view question = driver.dialect().integrity_check;
  if (question.empty()) return {};
  MPIM_TRY(const std::vector<std::string> answers, driver.ask_once(question));
  for (const std::string& answer : answers) {
    if (answer != "ok") findings.push_back({"database.damaged", ConversationId(), answer});
  }
  return {};
}

}  // namespace

Result<std::vector<Finding>> verify(Driver& driver, uint32_t per_check_max) {
  std::vector<Finding> findings;
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver));
  MPIM_CHECKED(check_pages(driver, findings));
  for (const Check& check : kChecks) {
    MPIM_CHECKED(run_check(driver, check, per_check_max, findings));
  }
  return findings;
}

}  // namespace mpim
