#include "server/store/sql/search/log_window.h"

#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

constexpr Sql kEntry = "SELECT " MPIM_ENTRY_COLUMNS
                       ", c.group_id FROM messages_by_seq i JOIN messages e ON e.pos = i.pos"
                       " JOIN conversations c ON c.id = e.conversation WHERE i.id = ?";
constexpr Sql kAbove = "SELECT " MPIM_ENTRY_COLUMNS
                       ", e.pos, e.conversation FROM messages e WHERE e.pos > ? ORDER BY e.pos"
                       " LIMIT ?";
constexpr Sql kNewest =
    "SELECT conversation, seq, kind, ref FROM messages WHERE pos > ? ORDER BY pos DESC LIMIT ?";
constexpr Sql kLast = "SELECT pos FROM messages ORDER BY pos DESC LIMIT 1";
constexpr Sql kEpoch = "SELECT epoch FROM store_identity WHERE id = 1";

}  // namespace

Result<void> LogWindow::begin() {
  MPIM_CHECKED(view_.begin());
  Result<LogLook> look = view_.look();
  if (!look.ok()) {
    end();
    return look.error();
  }
  look_.emplace(std::move(*look));
  return {};
}

void LogWindow::end() {
  look_.reset();
  driver_->rollback();
  view_.end();
}

Result<EntryPtr> LogWindow::entry(MessageId id) {
  const Seq before(std::max(id.seq().value, uint64_t{1}) - 1);
  const std::vector<EntryPtr> newest = look_->entries(id.conversation(), before, id.seq(), 1);
  if (!newest.empty()) return newest.front();
  MPIM_TRY(Rows rows, driver_->ask(kEntry, id));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no message " + std::to_string(id.value)};
  return entry_from(rows, id.conversation(), rows.id<GroupId>(kEntryColumns));
}

Result<std::vector<PlacedEntry>> LogWindow::above(LogPos after, uint32_t count_max,
                                                  uint64_t bytes_max) {
  std::vector<PlacedEntry> found;
  uint64_t bytes = 0;
  MPIM_TRY(Rows rows, driver_->ask(kAbove, after, count_max));
  while (bytes < bytes_max) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    found.push_back({entry_from(rows, rows.id<ConversationId>(kEntryColumns + 1), {}),
                     rows.count(kEntryColumns)});
    bytes += found.back().entry->text.size();
  }
  return found;
}

Result<std::vector<EntryOutline>> LogWindow::newest_above(LogPos after, uint32_t count_max) {
  std::vector<EntryOutline> found;
  MPIM_TRY(Rows rows, driver_->ask(kNewest, after, count_max));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back({MessageId(rows.id<ConversationId>(0), rows.seq(1)),
                     static_cast<EntryKind>(rows.number(2)), rows.seq(3)});
  }
}

Result<LogPos> LogWindow::last_pos() {
  MPIM_TRY(Rows rows, driver_->ask(kLast));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.count(0) : LogPos{0};
}

Result<std::string> LogWindow::epoch() {
  MPIM_TRY(Rows rows, driver_->ask(kEpoch));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "the database has no epoch: run mpimctl db verify"};
  return rows.text(0);
}

}  // namespace mpim
