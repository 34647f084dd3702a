// What must be true of the log: entries, their index, client ids, what retention took.
#include <algorithm>

#include "server/core/message.h"
#include "server/store/sql/verify/checks.h"

namespace mpim {
namespace {

// The checks below name the last of each by its number.
static_assert(static_cast<int>(EntryKind::kSettings) == 12);
static_assert(static_cast<int>(EntryState::kRecalled) == 2);
static_assert(static_cast<int>(ContentType::kVoice) == 3);

// The entry `n` that `e` names by a seq of its own conversation: found by the index, or among what
// lies above the index's mark, which is grouped so that it is gone through once.
#define MPIM_ENTRY_NAMED_BY(seq)                                             \
  "LEFT JOIN messages_by_seq p ON p.id = e.conversation * 1073741824 + " seq \
  " LEFT JOIN (SELECT conversation, seq, MAX(pos) AS pos FROM messages"      \
  " WHERE pos > (SELECT pos FROM log_index) GROUP BY conversation, seq) t"   \
  " ON t.conversation = e.conversation AND t.seq = " seq                     \
  " LEFT JOIN messages n ON n.pos = COALESCE(p.pos, t.pos)"

constexpr Check kChecks[] = {
    {"client_id.missing",
     "SELECT e.conversation, e.sender, e.seq FROM client_ids e"
     " JOIN conversations c ON c.id = e.conversation " MPIM_ENTRY_NAMED_BY(
         "e.seq") " WHERE e.seq >= c.floor AND (n.seq IS NULL OR n.sender <> e.sender OR "
                  "n.client_id IS NULL"
                  " OR n.client_id <> e.client_id)",
     "a client id of user {0} stands for message {1}, which is missing or another"},
    {"client_id.orphan",
     "SELECT i.conversation, i.sender, i.seq FROM client_ids i"
     " LEFT JOIN conversations c ON c.id = i.conversation WHERE c.id IS NULL",
     "a client id of user {0} belongs to a conversation that does not exist"},
    {"client_id.unkept",
     "SELECT e.conversation, e.sender, e.seq FROM messages e LEFT JOIN client_ids i"
     " ON i.conversation = e.conversation AND i.sender = e.sender AND i.client_id = e.client_id"
     " WHERE e.client_id IS NOT NULL AND e.pos > (SELECT client_id_pos FROM retention)"
     " AND e.pos <= (SELECT pos FROM log_index) AND (i.seq IS NULL OR i.seq < e.seq)"
     " AND NOT EXISTS (SELECT 1 FROM erasures x WHERE x.user = e.sender AND x.finished_at = 0)",
     "user {0} wrote message {1} under a client id that is not kept: a retry would store it again"},
    {"entry.kind", "SELECT conversation, seq, kind FROM messages WHERE kind NOT BETWEEN 0 AND 12",
     "entry {0} is of kind {1}, which does not exist"},
    {"entry.state",
     "SELECT conversation, seq, state FROM messages"
     " WHERE state NOT BETWEEN 0 AND 2 OR (kind <> 0 AND state <> 0)",
     "entry {0} is in state {1}, which does not exist, or only for messages"},
    {"entry.type", "SELECT conversation, seq, type FROM messages WHERE type NOT BETWEEN 0 AND 3",
     "entry {0} has text of type {1}, which does not exist"},
    {"event.ref",
     "SELECT e.conversation, e.seq, e.ref FROM messages e"
     " JOIN conversations c ON c.id = e.conversation " MPIM_ENTRY_NAMED_BY(
         "e.ref") " WHERE (e.kind IN (4, 5) OR (e.kind <> 0 AND e.ref <> 0)) AND (e.ref < 1 OR "
                  "e.ref >= e.seq"
                  " OR (e.ref >= c.floor AND COALESCE(n.kind, -1) <> 0))",
     "entry {0} is about {1}, which is no message before it"},
    {"event.state",
     "SELECT e.conversation, e.seq, e.ref FROM messages e " MPIM_ENTRY_NAMED_BY(
         "e.ref") " WHERE (e.kind = 4 AND n.state <> 2) OR (e.kind = 5 AND n.state = 0)",
     "entry {0} says that message {1} was edited or recalled, and the message does not"},
    {"file.missing",
     "SELECT e.conversation, e.seq, e.file FROM messages e LEFT JOIN files f ON f.id = e.file"
     " LEFT JOIN file_uses u ON u.file = e.file AND u.conversation = e.conversation"
     " AND u.seq = e.seq WHERE e.file <> 0 AND (f.id IS NULL OR u.seq IS NULL)",
     "message {0} goes with upload {1}, which is not there or is not known to be in it"},
    {"file.use",
     "SELECT e.conversation, e.file, e.seq FROM file_uses e " MPIM_ENTRY_NAMED_BY(
         "e.seq") " WHERE COALESCE(n.file, 0) <> e.file",
     "upload {0} is said to be in message {1}, which is not there or has another"},
    {"log.expired",
     "SELECT c.id, c.expired, COALESCE(e.last, c.floor - 1) FROM conversations c LEFT "
     "JOIN " MPIM_ENDS "ON e.conversation = c.id WHERE c.expired < c.floor - 1"
     " OR c.expired > {greatest}(c.head, COALESCE(e.last, 0))",
     "entries up to {0} count as too old to be pushed, but the last one is {1}"},
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
    {"log.twice",
     "SELECT conversation, seq, COUNT(*) FROM messages GROUP BY conversation, seq"
     " HAVING COUNT(*) > 1",
     "seq {0} was given to {1} entries"},
    {"message.change",
     "SELECT e.conversation, e.seq, e.ref FROM messages e " MPIM_ENTRY_NAMED_BY(
         "e.ref") " WHERE e.kind = 0 AND e.ref <> 0 AND (e.state = 0 OR n.seq IS NULL"
                  " OR n.kind NOT IN (4, 5) OR n.ref <> e.seq)",
     "message {0} says that {1} edited or recalled it, which is no such entry"},
    {"message.not_member",
     "SELECT e.conversation, e.sender, e.seq FROM messages e WHERE e.kind = 0 AND e.sender <> 1"
     " AND NOT EXISTS (SELECT 1 FROM members m WHERE m.conversation = e.conversation"
     " AND m.user = e.sender AND m.from_seq < e.seq AND m.to_seq >= e.seq)",
     "user {0} wrote message {1} without being a member then"},
    {"message.recalled",
     "SELECT conversation, seq, file FROM messages WHERE state = 2"
     " AND (LENGTH(text) > 0 OR packed <> 0 OR file <> 0 OR LENGTH(COALESCE(ext, '')) > 0)",
     "message {0} was recalled, and still has its text, file ({1}) or ext"},
    {"retention.marks",
     "SELECT 0, r.history_pos, r.inbox_pos FROM retention r WHERE r.history_pos < 0"
     " OR r.inbox_pos < r.history_pos OR r.client_id_pos < r.history_pos"
     " OR r.inbox_pos > (SELECT COALESCE(MAX(pos), 0) FROM messages)"
     " OR EXISTS (SELECT 1 FROM messages e WHERE e.pos <= r.history_pos)"
     " UNION ALL SELECT 0, 0, 0 FROM store_identity i"
     " WHERE NOT EXISTS (SELECT 1 FROM retention r WHERE r.id = 1)",
     "what was deleted for its age ends at {0}, what may not be pushed at {1}: that is not so"},
};
#undef MPIM_ENTRY_NAMED_BY
static_assert(std::ranges::is_sorted(kChecks, {}, &Check::id));

constexpr Check kIndexChecks[] = {
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
};
static_assert(std::ranges::is_sorted(kIndexChecks, {}, &Check::id));

constexpr Check kWriterChecks[] = {
    {"writers.row",
     "SELECT 0, COUNT(*), COALESCE(MAX(rights_version), 0) FROM writers"
     " HAVING COUNT(*) <> 1 OR MIN(id) <> 1 OR MIN(rights_version) < 1",
     "the row that all writers hold is there {0} times, and counts {1} changes"},
};

}  // namespace

std::span<const Check> log_checks() { return kChecks; }
std::span<const Check> index_checks() { return kIndexChecks; }
std::span<const Check> writer_checks() { return kWriterChecks; }

}  // namespace mpim
