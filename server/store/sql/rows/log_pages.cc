#include "server/store/sql/rows/log_pages.h"

#include <algorithm>

#include "server/store/sql/rows/log_rows.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr Sql kPage = "SELECT " MPIM_ENTRY_COLUMNS
                      " FROM {log_by_id} WHERE {log_id} > ? AND {log_id} <= ?"
                      " ORDER BY {log_id} LIMIT ?";

constexpr Sql kFind = "SELECT " MPIM_ENTRY_COLUMNS
                      ", e.pos, c.group_id FROM {log_by_id}"
                      " JOIN conversations c ON c.id = e.conversation WHERE {log_id} = ?";

// A page as it fills.
struct Filling {
  Page& page;
  PageRoom& room;

  // True when there is no room after it.
  bool add(EntryPtr entry) {
    --room.entries;
    room.bytes -= std::min<uint64_t>(room.bytes, entry->text.size() + entry->ext.size());
    page.through = entry->seq;
    page.entries.push_back(std::move(entry));
    return !room.any();
  }
};

// Adds what the index has of (from, to]; true when the page is full.
Result<bool> read_indexed(Driver& driver, ConversationId of, GroupId group, SeqInterval interval,
                          Filling& filling) {
  MPIM_TRY(Rows rows, driver.ask(kPage, MessageId(of, interval.from), MessageId(of, interval.to),
                                 filling.room.entries));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return false;
    MPIM_TRY(EntryPtr entry, entry_from(rows, of, group));
    count(Counter::kCacheLogDatabase);
    if (filling.add(std::move(entry))) return true;
  }
}

// Adds what memory has of (from, to]; true when the page is full.
bool read_memory(const LogLook& look, ConversationId of, SeqInterval interval, Filling& filling) {
  std::vector<EntryPtr> entries =
      look.entries(of, interval.from, interval.to, filling.room.entries);
  count(Counter::kCacheLogMemory, entries.size());
  for (EntryPtr& entry : entries)
    if (filling.add(std::move(entry))) return true;
  return false;
}

// Adds what lies in (from, to], without a look at the index when memory has all of it; true when
// the page is full. The index may have what came after the tail was pinned: it has the last word.
Result<bool> read_interval(Driver& driver, const LogLook& look, ConversationId of, GroupId group,
                           SeqInterval interval, Filling& filling) {
  const auto rest = [&] {
    return SeqInterval{std::max(interval.from, filling.page.through), interval.to};
  };
  if (look.first(of, interval.from, interval.to) == interval.from.next() &&
      read_memory(look, of, interval, filling))
    return true;
  if (rest().from >= interval.to) return false;
  MPIM_TRY(const bool full, read_indexed(driver, of, group, rest(), filling));
  return full || read_memory(look, of, rest(), filling);
}

// As the database has it.
Result<LogTail::Row> stored_row(Driver& driver, MessageId id) {
  MPIM_TRY(Rows rows, driver.ask(kFind, id));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no message " + std::to_string(id.value)};
  MPIM_TRY(EntryPtr entry,
           entry_from(rows, id.conversation(), rows.id<GroupId>(kEntryColumns + 1)));
  return LogTail::Row{std::move(entry), rows.count(kEntryColumns)};
}

}  // namespace

Result<Page> read_page(Driver& driver, const LogLook& look, ConversationId of, GroupId group,
                       std::span<const SeqInterval> intervals, Seq after, Seq last,
                       PageRoom& room) {
  Page page{{}, after, last};
  if (!room.any()) return page;
  Filling filling{page, room};
  for (const SeqInterval& interval : intervals) {
    const SeqInterval rest{std::max(interval.from, after), interval.to};
    if (rest.to <= rest.from) continue;
    const size_t before = page.entries.size();
    MPIM_TRY(const bool full, read_interval(driver, look, of, group, rest, filling));
    // A log has no gaps: what is missing was lost sight of, and must not count as read.
    const Seq reached = full ? page.through : rest.to;
    if (page.entries.size() - before != reached.value - rest.from.value)
      return Error{Code::kUnavailable, "the log changed while it was read: try again"};
    if (full) return page;
  }
  page.through = std::max(after, last);
  return page;
}

Result<EntryPtr> entry_at(Driver& driver, const LogLook& look, MessageId id) {
  const Seq before(std::max(id.seq().value, uint64_t{1}) - 1);
  const std::vector<EntryPtr> newest = look.entries(id.conversation(), before, id.seq(), 1);
  if (!newest.empty()) return newest.front();
  MPIM_TRY(LogTail::Row row, stored_row(driver, id));
  return std::move(row.entry);
}

Result<LogTail::Row> row_at(Driver& driver, const LogTail& tail, MessageId id) {
  const auto pending = tail.replaced();
  const auto newest = std::find_if(pending.rbegin(), pending.rend(),
                                   [id](const LogTail::Row& row) { return row.entry->id() == id; });
  if (newest != pending.rend()) return *newest;
  if (std::optional<LogTail::Row> row = tail.row_of(id)) return *std::move(row);
  return stored_row(driver, id);
}

}  // namespace mpim
