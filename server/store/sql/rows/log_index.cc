#include "server/store/sql/rows/log_index.h"

#include <map>

#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

#define MPIM_4_PLACES "(?, ?), (?, ?), (?, ?), (?, ?)"
#define MPIM_16_PLACES MPIM_4_PLACES ", " MPIM_4_PLACES ", " MPIM_4_PLACES ", " MPIM_4_PLACES
#define MPIM_PLACE "INSERT {or_fail} INTO messages_by_seq (id, pos) VALUES "
constexpr Sql kPlace1 = MPIM_PLACE "(?, ?)";
constexpr Sql kPlace4 = MPIM_PLACE MPIM_4_PLACES;
constexpr Sql kPlace32 = MPIM_PLACE MPIM_16_PLACES ", " MPIM_16_PLACES;
#undef MPIM_PLACE
#undef MPIM_16_PLACES
#undef MPIM_4_PLACES
constexpr Sql kClientId =
    "INSERT INTO client_ids (conversation, sender, client_id, seq, body_hash, at)"
    " VALUES (?, ?, ?, ?, ?, ?) {conflict conversation, sender, client_id}"
    " seq = {new seq}, body_hash = {new body_hash}, at = {new at}";
#define MPIM_CLIENT_ID "(?, ?, ?, ?, ?, ?)"
#define MPIM_4_CLIENT_IDS MPIM_CLIENT_ID ", " MPIM_CLIENT_ID ", " MPIM_CLIENT_ID ", " MPIM_CLIENT_ID
#define MPIM_16_CLIENT_IDS \
  MPIM_4_CLIENT_IDS ", " MPIM_4_CLIENT_IDS ", " MPIM_4_CLIENT_IDS ", " MPIM_4_CLIENT_IDS
#define MPIM_NEW_CLIENT_IDS \
  "INSERT INTO client_ids (conversation, sender, client_id, seq, body_hash, at) VALUES "
constexpr Sql kClientIds1 = MPIM_NEW_CLIENT_IDS MPIM_CLIENT_ID;
constexpr Sql kClientIds4 = MPIM_NEW_CLIENT_IDS MPIM_4_CLIENT_IDS;
constexpr Sql kClientIds32 = MPIM_NEW_CLIENT_IDS MPIM_16_CLIENT_IDS ", " MPIM_16_CLIENT_IDS;
#undef MPIM_NEW_CLIENT_IDS
#undef MPIM_16_CLIENT_IDS
#undef MPIM_4_CLIENT_IDS
#undef MPIM_CLIENT_ID
// The rows exist: it is an UPDATE of many. The time is the database's, the clock that all share.
#define MPIM_HEAD "(?, ?, 0, 1, 1, ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000))"
#define MPIM_4_HEADS MPIM_HEAD ", " MPIM_HEAD ", " MPIM_HEAD ", " MPIM_HEAD
#define MPIM_16_HEADS MPIM_4_HEADS ", " MPIM_4_HEADS ", " MPIM_4_HEADS ", " MPIM_4_HEADS
#define MPIM_MOVE_HEADS \
  "INSERT INTO conversations (id, head, kind, floor, members_version, changed_at) VALUES "
#define MPIM_MOVE " {conflict id} head = {new head}, changed_at = {new changed_at}"
constexpr Sql kHeads1 = MPIM_MOVE_HEADS MPIM_HEAD MPIM_MOVE;
constexpr Sql kHeads4 = MPIM_MOVE_HEADS MPIM_4_HEADS MPIM_MOVE;
constexpr Sql kHeads32 = MPIM_MOVE_HEADS MPIM_16_HEADS ", " MPIM_16_HEADS MPIM_MOVE;
#undef MPIM_MOVE
#undef MPIM_MOVE_HEADS
#undef MPIM_16_HEADS
#undef MPIM_4_HEADS
#undef MPIM_HEAD
constexpr Sql kHead = "UPDATE conversations SET head = ?, changed_at = ? WHERE id = ?";
constexpr Sql kMoveMark = "UPDATE log_index SET pos = ? WHERE id = 1";
constexpr Sql kMark = "SELECT pos FROM log_index WHERE id = 1";
constexpr Sql kAbove = "SELECT " MPIM_ENTRY_COLUMNS
                       ", e.pos, e.conversation, c.group_id FROM messages e"
                       " LEFT JOIN conversations c ON c.id = e.conversation"
                       " WHERE e.pos > ? ORDER BY e.pos";

auto place_of(const LogTail::Row& row) { return std::tuple(row.entry->id(), row.pos); }

// Of an entry that was changed the row was written when that was done, for what it was at first.
Result<void> write_client_ids(Driver& driver, std::span<const LogTail::Row> rows) {
  for (const LogTail::Row& row : rows) {
    const Entry& entry = *row.entry;
    if (entry.client_id.empty() || entry.state != EntryState::kAsSent) continue;
    MPIM_CHECKED(write_client_id(driver, entry));
  }
  return {};
}

// `rows` ascending by message id: the last of each conversation is its head.
Result<void> write_heads(Driver& driver, std::span<const LogTail::Row> rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const Entry& entry = *rows[i].entry;
    if (i + 1 < rows.size() && rows[i + 1].entry->conversation == entry.conversation) continue;
    MPIM_CHECKED(driver.run(kHead, entry.seq, entry.at, entry.conversation));
  }
  return {};
}

}  // namespace

Result<void> write_client_id(Driver& driver, const Entry& entry) {
  MPIM_CHECKED(driver.run(kClientId, entry.conversation, entry.sender, entry.client_id, entry.seq,
                          body_hash(entry), entry.at));
  return {};
}

Result<void> write_new_client_ids(Driver& driver, std::span<const LogTail::Row> rows,
                                  bool first_use) {
  std::vector<const Entry*> named;
  for (const LogTail::Row& row : rows)
    if (!row.entry->client_id.empty()) named.push_back(row.entry.get());
  if (!first_use) {
    for (const Entry* const entry : named) MPIM_CHECKED(write_client_id(driver, *entry));
    return {};
  }
  return driver.run_rows(kClientIds32, kClientIds4, kClientIds1,
                         std::span<const Entry* const>(named), [](const Entry* entry) {
                           return std::tuple(entry->conversation, entry->sender,
                                             std::string_view(entry->client_id), entry->seq,
                                             body_hash(*entry), entry->at);
                         });
}

Result<void> write_moved_heads(Driver& driver, std::span<const LogTail::Row> rows) {
  std::map<ConversationId, Seq> heads;  // ascending: as everybody holds them
  for (const LogTail::Row& row : rows) heads[row.entry->conversation] = row.entry->seq;
  const std::vector<std::pair<ConversationId, Seq>> moved(heads.begin(), heads.end());
  return driver.run_rows(kHeads32, kHeads4, kHeads1,
                         std::span<const std::pair<ConversationId, Seq>>(moved),
                         [](const auto& head) { return std::tuple(head.first, head.second); });
}

Result<LogPos> write_index(Driver& driver, const LogTail& tail) {
  const std::vector<LogTail::Row> rows = tail.not_indexed();
  MPIM_CHECKED(
      driver.run_rows(kPlace32, kPlace4, kPlace1, std::span<const LogTail::Row>(rows), place_of));
  MPIM_CHECKED(write_client_ids(driver, rows));
  MPIM_CHECKED(write_heads(driver, rows));
  const LogPos reach = tail.last();
  MPIM_CHECKED(driver.run(kMoveMark, reach));
  return reach;
}

Result<void> read_tail(Driver& driver, LogTail& tail, TailOf whose) {
  LogPos mark = 0;
  {
    MPIM_TRY(Rows rows, driver.ask(kMark));
    MPIM_TRY(const bool found, rows.next());
    if (!found) return Error{Code::kInternal, "the log's index has no mark: run mpimctl db verify"};
    mark = rows.count(0);
  }
  const bool never_filled = tail.last() == 0;
  if (tail.last() < mark && (never_filled || whose == TailOf::kReaderAlone)) tail.start_at(mark);
  tail.drop_above(tail.published());
  MPIM_TRY(Rows rows, driver.ask(kAbove, tail.last()));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    MPIM_TRY(EntryPtr entry, entry_from(rows, rows.id<ConversationId>(kEntryColumns + 1),
                                        rows.id<GroupId>(kEntryColumns + 2)));
    tail.add(std::move(entry), rows.count(kEntryColumns));
  }
  tail.publish();
  tail.indexed(mark);
  return {};
}

}  // namespace mpim
