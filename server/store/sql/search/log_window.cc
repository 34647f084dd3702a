#include "server/store/sql/search/log_window.h"

#include "server/store/sql/rows/log_pages.h"
#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

constexpr Sql kAbove = "SELECT " MPIM_ENTRY_COLUMNS
                       ", e.pos, e.conversation FROM messages e WHERE e.pos > ? ORDER BY e.pos"
                       " LIMIT ?";
constexpr Sql kNewest =
    "SELECT conversation, seq, kind, ref FROM messages WHERE pos > ? ORDER BY pos DESC LIMIT ?";
constexpr Sql kLast = "SELECT pos FROM messages ORDER BY pos DESC LIMIT 1";
constexpr Sql kIdentity =
    "SELECT s.epoch, r.history_pos, r.erased FROM store_identity s JOIN retention r ON r.id = 1"
    " WHERE s.id = 1";

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

Result<EntryPtr> LogWindow::entry(MessageId id) { return entry_at(*driver_, *look_, id); }

Result<std::vector<PlacedEntry>> LogWindow::above(LogPos after, uint32_t count_max,
                                                  uint64_t bytes_max) {
  const bool many = driver_->dialect().many_writers;
  if (many) {
    MPIM_TRY(const LogPos last, last_pos());
    settled_.saw(last, std::chrono::steady_clock::now());
  }
  std::vector<PlacedEntry> found;
  uint64_t bytes = 0;
  MPIM_TRY(Rows rows, driver_->ask(kAbove, after, count_max));
  while (bytes < bytes_max) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    const LogPos pos = rows.count(kEntryColumns);
    if (many && !settled_.closed(found.empty() ? after : found.back().pos, pos)) break;
    MPIM_TRY(EntryPtr entry, entry_from(rows, rows.id<ConversationId>(kEntryColumns + 1), {}));
    found.push_back({std::move(entry), pos});
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

Result<LogIdentity> LogWindow::identity() {
  MPIM_TRY(Rows rows, driver_->ask(kIdentity));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "the database has no epoch: run mpimctl db verify"};
  LogIdentity identity{rows.text(0), rows.count(1)};
  if (rows.count(2) != 0) identity.epoch += "+" + std::to_string(rows.count(2));
  return identity;
}

}  // namespace mpim
