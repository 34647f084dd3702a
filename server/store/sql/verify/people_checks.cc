// What must be true of people: devices, cursors, receipts, friends, uploads, erasures.
#include <algorithm>

#include "server/store/sql/verify/checks.h"

namespace mpim {
namespace {

#define MPIM_ERASED "(SELECT user FROM erasures WHERE finished_at > 0)"

constexpr Check kChecks[] = {
    {"block.orphan",
     "SELECT 0, b.user, b.blocked FROM blocks b LEFT JOIN users u ON u.id = b.user AND u.removed = "
     "0"
     " LEFT JOIN users w ON w.id = b.blocked WHERE b.state <> 0"
     " AND (u.id IS NULL OR w.id IS NULL OR b.user = b.blocked)",
     "user {0} blocks user {1}; one of them does not exist, or they are the same"},
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
    {"device.refresh",
     "SELECT 0, id, user FROM devices WHERE (refresh_family IS NULL) <> (refresh_hash IS NULL)"
     " OR token_version < 0",
     "the refresh token of device {0} of user {1} has only one of its two parts"},
    {"erasure.account",
     "SELECT 0, x.user, x.id FROM erasures x LEFT JOIN users u ON u.id = x.user"
     " WHERE x.finished_at > 0 AND (u.id IS NULL OR u.removed = 0 OR u.name_key IS NOT NULL"
     " OR u.name NOT LIKE 'erased-%' OR u.password_hash <> '' OR u.display_name <> ''"
     " OR u.about <> '' OR u.avatar <> 0 OR u.friends_only <> 0)",
     "user {0} was erased (receipt {1}), and his account, name or profile is still there"},
    {"erasure.client_id",
     "SELECT conversation, sender, seq FROM client_ids WHERE sender IN " MPIM_ERASED,
     "user {0} was erased, and the client id of his message {1} is still kept"},
    {"erasure.hidden", "SELECT conversation, user, seq FROM hidden WHERE user IN " MPIM_ERASED,
     "user {0} was erased, and it is still kept that he hid message {1}"},
    {"erasure.message",
     "SELECT conversation, sender, seq FROM messages WHERE kind = 0 AND sender IN " MPIM_ERASED
     " AND (LENGTH(text) > 0 OR file <> 0 OR LENGTH(COALESCE(ext, '')) > 0"
     " OR client_id IS NOT NULL)",
     "user {0} was erased, and something of his is still in message {1}"},
    {"erasure.receipt", "SELECT conversation, user, seq FROM receipts WHERE user IN " MPIM_ERASED,
     "user {0} was erased, and it is still kept when he received or read message {1}"},
    {"erasure.upload", "SELECT 0, owner, id FROM files WHERE owner IN " MPIM_ERASED,
     "user {0} was erased, and his upload {1} is still there"},
    {"file.avatar",
     "SELECT 0, u.id, u.avatar FROM users u LEFT JOIN files f ON f.id = u.avatar AND f.owner = u.id"
     " WHERE u.removed = 0 AND u.avatar <> 0 AND f.id IS NULL",
     "the picture of user {0} is upload {1}, which is not there or not his"},
    {"file.orphan",
     "SELECT 0, f.id, f.owner FROM files f LEFT JOIN users u ON u.id = f.owner"
     " WHERE u.id IS NULL OR LENGTH(f.hash) <> 64 OR f.bytes < 0",
     "upload {0} belongs to user {1}, who does not exist, or has no hash"},
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
    {"hidden.orphan",
     "SELECT h.conversation, h.user, h.seq FROM hidden h JOIN conversations c"
     " ON c.id = h.conversation LEFT JOIN " MPIM_ENDS "ON e.conversation = c.id"
     " WHERE h.seq < c.floor OR h.seq > {greatest}(c.head, COALESCE(e.last, 0))"
     " OR NOT EXISTS (SELECT 1 FROM members m WHERE m.conversation = h.conversation"
     " AND m.user = h.user AND m.from_seq < h.seq AND m.to_seq >= h.seq)",
     "user {0} hid message {1}, which does not exist or is not his to read"},
    {"receipt.beyond_cursor",
     "SELECT r.conversation, r.user, MAX(r.seq) FROM receipts r"
     " JOIN users u ON u.id = r.user AND u.removed = 0 LEFT JOIN cursors k ON k.user = r.user"
     " AND k.device = 0 AND k.conversation = r.conversation WHERE r.kind = 1"
     " GROUP BY r.conversation, r.user HAVING MAX(r.seq) > COALESCE(MAX(k.seq),"
     " (SELECT MIN(m.from_seq) FROM members m WHERE m.conversation = r.conversation"
     " AND m.user = r.user))",
     "a receipt says that user {0} has read {1}, where his read cursor has never been"},
    {"receipt.beyond_head",
     "SELECT r.conversation, r.user, r.seq FROM receipts r LEFT JOIN conversations c"
     " ON c.id = r.conversation LEFT JOIN " MPIM_ENDS "ON e.conversation = c.id"
     " WHERE c.id IS NULL OR r.kind NOT IN (0, 1) OR r.seq < c.floor"
     " OR r.seq > {greatest}(c.head, COALESCE(e.last, 0)) OR NOT EXISTS (SELECT 1 FROM members m"
     " WHERE m.conversation = r.conversation AND m.user = r.user)",
     "a receipt of user {0} is for {1}, which does not exist, or is not his"},
    {"token.admin",
     "SELECT 0, issued_at, expires_at FROM admin_tokens WHERE jti = '' OR expires_at < issued_at"
     " OR (revoked_at <> 0 AND revoked_at < issued_at)",
     "an admin token issued at {0} expires at {1}, or was revoked before it was there"},
    {"token.key",
     "SELECT 0, created_at, ends_at FROM signing_keys WHERE kid = '' OR algorithm <> 'HS256'"
     " OR LENGTH(secret) <> 32 OR ends_at < retires_at",
     "the signing key made at {0} is not whole, or ends at {1}, while it still signs"},
    {"version.ahead",
     "SELECT 0, x.user, x.version FROM (SELECT user, version FROM friendships"
     " UNION ALL SELECT user, version FROM blocks UNION ALL SELECT user, version FROM cursors"
     " UNION ALL SELECT user, version FROM group_requests"
     " UNION ALL SELECT id, profile_version FROM users) x"
     " JOIN users u ON u.id = x.user WHERE x.version > u.version",
     "something of user {0} changed at version {1}, which he has not reached"},
};
#undef MPIM_ERASED
static_assert(std::ranges::is_sorted(kChecks, {}, &Check::id));

// True of a sound database, and worth a look: an erasure waits for the node's next start; a clock
// that was set back leaves times that go back.
constexpr Check kRemarks[] = {
    {"erasure.open", "SELECT 0, id, user FROM erasures WHERE finished_at = 0",
     "erasure {0}, of user {1}, is under way: the node goes on with it when it starts"},
    {"receipt.time",
     "SELECT conversation, user, seq FROM (SELECT conversation, user, seq, at, LAG(at) OVER"
     " (PARTITION BY conversation, user, kind ORDER BY seq) AS earlier FROM receipts) r"
     " WHERE at < earlier",
     "a receipt of user {0} says that message {1} came before the one below it: was the clock set "
     "back?"},
};
static_assert(std::ranges::is_sorted(kRemarks, {}, &Check::id));

}  // namespace

std::span<const Check> people_checks() { return kChecks; }
std::span<const Check> people_remarks() { return kRemarks; }

}  // namespace mpim
