#include "server/store/sql/copy/store_copy.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/store/sql/copy/numbers.h"
#include "server/store/sql/copy/unfinished.h"
#include "server/store/sql/partitions/month_parts.h"

namespace mpim {
namespace {

constexpr char kMakeProgress[] =
    "CREATE TABLE IF NOT EXISTS copy_progress (id INTEGER NOT NULL PRIMARY KEY,"
    " epoch VARCHAR(32) NOT NULL, from_pos BIGINT NOT NULL, into_pos BIGINT NOT NULL)";
constexpr char kDropProgress[] = "DROP TABLE copy_progress";
constexpr Sql kBegun =
    "INSERT INTO copy_progress (id, epoch, from_pos, into_pos) VALUES (1, ?, 0, 0)";
constexpr Sql kProgress = "SELECT epoch, from_pos, into_pos FROM copy_progress WHERE id = 1";
constexpr Sql kAdvance = "UPDATE copy_progress SET from_pos = ?, into_pos = ? WHERE id = 1";
constexpr Sql kOldest = "SELECT at FROM messages ORDER BY pos LIMIT 1";
constexpr Sql kNewest = "SELECT at FROM messages ORDER BY pos DESC LIMIT 1";
constexpr Sql kEpoch = "SELECT epoch FROM store_identity WHERE id = 1";
constexpr Sql kSetEpoch = "UPDATE store_identity SET epoch = ? WHERE id = 1";
// The one row that every new database has in a table that is copied.
constexpr Sql kDropSystemUser = "DELETE FROM users";
constexpr Sql kReach = "UPDATE log_index SET pos = ? WHERE id = 1";
constexpr Sql kMarks =
    "SELECT (SELECT COUNT(*) FROM messages WHERE pos <= r.inbox_pos),"
    " (SELECT COUNT(*) FROM messages WHERE pos <= r.client_id_pos), r.erased"
    " FROM retention r WHERE r.id = 1";
constexpr Sql kSetMarks =
    "UPDATE retention SET inbox_pos = ?, history_pos = 0, client_id_pos = ?, erased = ?"
    " WHERE id = 1";

Result<uint64_t> count(Driver& driver, std::string_view table) {
  MPIM_TRY(Rows rows, driver.ask(made_sql(fmt::format("SELECT COUNT(*) FROM `{}`", table))));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.count(0) : uint64_t{0};
}

Result<std::optional<Timestamp>> time_at(Driver& driver, Sql end) {
  MPIM_TRY(Rows rows, driver.ask(end));
  MPIM_TRY(const bool found, rows.next());
  return found ? std::optional(rows.time(0)) : std::nullopt;
}

// All of it or nothing.
template <class F>
Result<void> in_transaction(Driver& driver, F job) {
  MPIM_CHECKED(driver.begin());
  if (const Result<void> done = job(); !done.ok()) return driver.rollback(), done;
  return driver.commit();
}

}  // namespace

Result<StoreCopy> StoreCopy::begin(Driver& from, Driver& into) {
  StoreCopy copy(from, into);
  MPIM_TRY(copy.epoch_, epoch_of(from));
  if (into.has_table(kCopyProgress))
    MPIM_CHECKED(copy.resume());
  else
    MPIM_CHECKED(copy.begin_anew());
  if (into.dialect().many_writers && copy.into_pos_ == 0 && !copy.whole_)
    MPIM_CHECKED(copy.make_room());
  return copy;
}

// Every entry goes into its own month at once.
Result<void> StoreCopy::make_room() {
  MPIM_TRY(const std::optional<Timestamp> oldest, time_at(from_, kOldest));
  MPIM_TRY(const std::optional<Timestamp> newest, time_at(from_, kNewest));
  if (!oldest || !newest) return {};
  return part_empty_log(into_, std::min(*oldest, *newest), *newest);
}

Result<void> StoreCopy::begin_anew() {
  MPIM_TRY(const bool empty, is_empty(into_));
  if (!empty) {
    MPIM_TRY(const std::string theirs, epoch_of(into_));
    whole_ = resumed_ = theirs == epoch_;
    if (whole_) return {};
    return Error{Code::kExists, "the target is not empty: a copy needs a database of its own"};
  }
  MPIM_CHECKED(into_.run_script(kMakeProgress));
  return in_transaction(into_, [this]() -> Result<void> {
    MPIM_CHECKED(into_.run(kDropSystemUser));
    MPIM_CHECKED(into_.run(kBegun, epoch_));
    return {};
  });
}

Result<void> StoreCopy::resume() {
  std::string of;
  {
    MPIM_TRY(Rows rows, into_.ask(kProgress));
    MPIM_TRY(const bool found, rows.next());
    if (found) {
      of = rows.text(0);
      from_pos_ = rows.count(1);
      into_pos_ = rows.count(2);
    }
  }
  if (of.empty()) return begin_anew();  // cut off before the first row
  if (of != epoch_)
    return Error{
        Code::kConflict,
        "a copy of another database into the target has not ended: copy into an empty one"};
  resumed_ = true;
  return {};
}

Result<uint64_t> StoreCopy::rows_there() {
  if (!resumed_) return uint64_t{0};
  return rows_of(into_);
}

Result<uint64_t> StoreCopy::step() {
  if (whole_) return uint64_t{0};
  while (table_ < copied_tables().size()) {
    MPIM_TRY(const uint64_t rows, copy_table(copied_tables()[table_]));
    if (rows > 0) return rows;
    ++table_;
    last_known_ = false;
  }
  MPIM_TRY(const uint64_t entries, copy_log());
  if (entries == 0 && !marks_written_) {
    MPIM_CHECKED(write_marks());
    MPIM_CHECKED(copy_numbers(from_, into_));
    marks_written_ = true;
  }
  return entries;
}

Result<uint64_t> StoreCopy::copy_table(const CopiedTable& table) {
  if (!last_known_) {
    MPIM_TRY(last_, last_key(into_, table));
    last_known_ = true;
  }
  MPIM_TRY(std::vector<RowCells> page, read_page(from_, table, last_));
  if (page.empty()) return uint64_t{0};
  MPIM_CHECKED(
      in_transaction(into_, [&] { return write_rows(into_, table.name, table.columns, page); }));
  last_ = std::move(page.back());
  return page.size();
}

Result<uint64_t> StoreCopy::copy_log() {
  MPIM_TRY(std::vector<RowCells> page, read_log_page(from_, from_pos_));
  if (page.empty()) return uint64_t{0};
  const uint64_t rows = page.size();
  const auto through = static_cast<uint64_t>(page.back().front().number);
  for (uint64_t i = 0; i < rows; ++i)
    page[i].front() = RowCell::of(static_cast<int64_t>(into_pos_ + i + 1));
  const Result<void> written = in_transaction(into_, [&]() -> Result<void> {
    MPIM_CHECKED(into_.run(kAdvance, through, into_pos_ + rows));
    return write_log(std::move(page));
  });
  if (!written.ok()) return written.error();
  from_pos_ = through;
  into_pos_ += rows;
  return rows;
}

Result<void> StoreCopy::write_log(std::vector<RowCells> page) {
  static const std::string columns = "pos, " + std::string(kCopiedLog.columns);
  MPIM_CHECKED(write_rows(into_, kCopiedLog.name, columns, page));
  return into_.dialect().many_writers ? Result<void>() : write_index(page);
}

// With the rows themselves, so that the index is never behind.
Result<void> StoreCopy::write_index(const std::vector<RowCells>& rows) {
  std::vector<RowCells> places;
  for (const RowCells& row : rows) {
    const MessageId id(ConversationId(static_cast<uint64_t>(row[1].number)),
                       Seq(static_cast<uint64_t>(row[2].number)));
    places.push_back({RowCell::of(static_cast<int64_t>(id.value)), row[0]});
  }
  std::ranges::sort(places, {}, [](const RowCells& place) { return place[0].number; });
  MPIM_CHECKED(write_rows(into_, "messages_by_seq", "id, pos", places));
  MPIM_CHECKED(into_.run(kReach, rows.back()[0].number));
  return {};
}

Result<void> StoreCopy::write_marks() {
  int64_t marks[3] = {};
  {
    MPIM_TRY(Rows rows, from_.ask(kMarks));
    MPIM_TRY(const bool found, rows.next());
    for (int i = 0; found && i < 3; ++i) marks[i] = rows.number(i);
  }
  return in_transaction(into_, [&]() -> Result<void> {
    MPIM_CHECKED(into_.run(kSetMarks, marks[0], marks[1], marks[2]));
    return {};
  });
}

Result<void> StoreCopy::finish(const std::string& new_epoch) {
  if (whole_) return {};
  const Result<void> named = in_transaction(into_, [&]() -> Result<void> {
    MPIM_CHECKED(into_.run(kSetEpoch, new_epoch.empty() ? epoch_ : new_epoch));
    return {};
  });
  if (!named.ok()) return named;
  return into_.run_script(kDropProgress);
}

Result<std::string> epoch_of(Driver& driver) {
  MPIM_TRY(Rows rows, driver.ask(kEpoch));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "the database has no epoch: run mpimctl db verify"};
  return rows.text(0);
}

Result<std::string> part_of(Driver& driver) {
  if (!driver.has_table(kCopyProgress)) return std::string();
  MPIM_TRY(Rows rows, driver.ask(kProgress));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.text(0) : std::string();
}

Result<uint64_t> rows_of(Driver& driver) {
  MPIM_TRY(uint64_t rows, count(driver, kCopiedLog.name));
  for (const CopiedTable& table : copied_tables()) {
    MPIM_TRY(const uint64_t more, count(driver, table.name));
    rows += more;
  }
  return rows;
}

Result<bool> is_empty(Driver& driver) {
  for (const CopiedTable& table : copied_tables()) {
    const std::string_view own = table.name == "users" ? " WHERE id <> 1" : "";
    const Sql sql = made_sql(fmt::format("SELECT 1 FROM `{}`{} LIMIT 1", table.name, own));
    MPIM_TRY(Rows rows, driver.ask(sql));
    MPIM_TRY(const bool found, rows.next());
    if (found) return false;
  }
  return true;
}

Result<void> clear_for_copy(Driver& driver, const std::string& epoch) {
  MPIM_CHECKED(driver.run_script(kMakeProgress));
  MPIM_CHECKED(driver.run_script("TRUNCATE TABLE copy_progress; TRUNCATE TABLE messages"));
  for (const CopiedTable& table : copied_tables())
    MPIM_CHECKED(driver.run_script(fmt::format("TRUNCATE TABLE `{}`", table.name)));
  return in_transaction(driver, [&]() -> Result<void> {
    MPIM_CHECKED(driver.run(kBegun, epoch));
    return {};
  });
}

}  // namespace mpim
