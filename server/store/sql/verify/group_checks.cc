// What must be true of who belongs where: direct talks, groups, memberships.
#include <algorithm>

#include "server/store/sql/verify/checks.h"

namespace mpim {
namespace {

constexpr Check kChecks[] = {
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
};
static_assert(std::ranges::is_sorted(kChecks, {}, &Check::id));

}  // namespace

std::span<const Check> group_checks() { return kChecks; }

}  // namespace mpim
