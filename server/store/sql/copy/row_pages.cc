#include "server/store/sql/copy/row_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/core/check.h"

namespace mpim {
namespace {

// What `packed` says of the text before it is known when the whole row has been read.
constexpr std::string_view kPacked = "packed";

std::vector<std::string_view> names_of(std::string_view columns) {
  std::vector<std::string_view> names;
  while (!columns.empty()) {
    const size_t end = std::min(columns.find(", "), columns.size());
    names.push_back(columns.substr(0, end));
    columns.remove_prefix(std::min(columns.size(), end + 2));
  }
  return names;
}

void bind(Statement& statement, int index, const RowCell& cell) {
  switch (cell.kind) {
    case RowCell::Kind::kNull: return statement.bind(index, Null{});
    case RowCell::Kind::kNumber: return statement.bind(index, cell.number);
    case RowCell::Kind::kText: return statement.bind(index, cell.text, Hold::kBorrows);
    case RowCell::Kind::kBytes: return statement.bind(index, Bytes{cell.text}, Hold::kBorrows);
  }
}

RowCell cell_of(Rows& rows, int column, char kind) {
  if (rows.null(column)) return {};
  if (kind == 'n') return RowCell::of(rows.number(column));
  return {kind == 'b' ? RowCell::Kind::kBytes : RowCell::Kind::kText, 0, rows.text(column)};
}

Result<std::vector<RowCells>> all_of(Driver& driver, Sql sql, std::string_view cells,
                                     const RowCells& bound) {
  MPIM_TRY(Statement * statement, driver.prepare(sql));
  int index = 0;
  for (const RowCell& each : bound) bind(*statement, ++index, each);
  Rows rows(statement);
  std::vector<RowCells> page;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return page;
    RowCells& row = page.emplace_back();
    row.reserve(cells.size());
    for (size_t i = 0; i < cells.size(); ++i)
      row.push_back(cell_of(rows, static_cast<int>(i), cells[i]));
  }
}

// Rows behind a key. A list of columns that is compared as one finds its place in an index of
// SQLite; MariaDB finds it column by column.
std::string behind(std::span<const std::string_view> key, bool by_list) {
  if (by_list) {
    const std::string list = fmt::format("{}", fmt::join(key, ", "));
    return fmt::format("({}) > (?{})", list,
                       std::string_view(", ?, ?, ?").substr(0, 3 * (key.size() - 1)));
  }
  std::string any;
  for (size_t i = 0; i < key.size(); ++i) {
    any += i == 0 ? "(" : " OR (";
    for (size_t same = 0; same < i; ++same) any += fmt::format("{} = ? AND ", key[same]);
    any += fmt::format("{} > ?)", key[i]);
  }
  return any;
}

RowCells bound_behind(const RowCells& after, size_t key_columns, bool by_list) {
  RowCells bound;
  for (size_t i = by_list ? key_columns - 1 : 0; i < key_columns; ++i)
    bound.insert(bound.end(), after.begin(), after.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  return bound;
}

// The text of a packed entry is bytes, and every other one a text.
void tell_packed(std::vector<RowCells>& page, size_t first) {
  static const auto names = names_of(kCopiedLog.columns);
  static const size_t text = kCopiedLog.cells.find('p');
  static const auto packed = static_cast<size_t>(std::ranges::find(names, kPacked) - names.begin());
  for (RowCells& row : page)
    if (row[first + packed].number != 0) row[first + text].kind = RowCell::Kind::kBytes;
}

std::string entry_columns() {
  std::string columns;
  for (const std::string_view name : names_of(kCopiedLog.columns))
    columns += fmt::format(", e.{}", name);
  return columns;
}

}  // namespace

Result<std::vector<RowCells>> read_page(Driver& driver, const CopiedTable& table,
                                        const RowCells& after) {
  const auto names = names_of(table.columns);
  MPIM_CHECK(names.size() == table.cells.size(), "each column that is copied has a letter");
  const std::span<const std::string_view> key(names.data(), table.key_columns);
  const bool by_list = !driver.dialect().many_writers;
  const Sql sql =
      made_sql(fmt::format("SELECT {} FROM `{}`{} ORDER BY {} LIMIT {}", table.columns, table.name,
                           after.empty() ? std::string() : " WHERE " + behind(key, by_list),
                           fmt::join(key, ", "), kPageRows));
  return all_of(driver, sql, table.cells,
                after.empty() ? RowCells() : bound_behind(after, table.key_columns, by_list));
}

Result<RowCells> last_key(Driver& driver, const CopiedTable& table) {
  const auto names = names_of(table.columns);
  const std::span<const std::string_view> key(names.data(), table.key_columns);
  const Sql sql =
      made_sql(fmt::format("SELECT {} FROM `{}` ORDER BY {} DESC LIMIT 1", fmt::join(key, ", "),
                           table.name, fmt::join(key, " DESC, ")));
  MPIM_TRY(std::vector<RowCells> rows,
           all_of(driver, sql, table.cells.substr(0, table.key_columns), {}));
  return rows.empty() ? RowCells() : std::move(rows.front());
}

Result<std::vector<RowCells>> read_log_page(Driver& driver, uint64_t pos) {
  static const Sql sql =
      made_sql(fmt::format("SELECT e.pos{} FROM messages e WHERE e.pos > ? ORDER BY e.pos LIMIT {}",
                           entry_columns(), kPageRows));
  MPIM_TRY(std::vector<RowCells> page, all_of(driver, sql, "n" + std::string(kCopiedLog.cells),
                                              {RowCell::of(static_cast<int64_t>(pos))}));
  tell_packed(page, 1);
  return page;
}

Result<std::vector<RowCells>> read_log_page_by_id(Driver& driver, uint64_t id) {
  static const Sql sql = made_sql(
      fmt::format("SELECT {{log_id}}{} FROM {{log_by_id}} WHERE {{log_id}} > ? ORDER BY {{log_id}}"
                  " LIMIT {}",
                  entry_columns(), kPageRows));
  MPIM_TRY(std::vector<RowCells> page, all_of(driver, sql, "n" + std::string(kCopiedLog.cells),
                                              {RowCell::of(static_cast<int64_t>(id))}));
  tell_packed(page, 1);
  return page;
}

Result<void> write_rows(Driver& driver, std::string_view table, std::string_view columns,
                        const std::vector<RowCells>& rows) {
  for (size_t at = 0; at < rows.size();) {
    const size_t left = rows.size() - at;
    const size_t count = left >= 64 ? 64 : left >= 8 ? 8 : 1;
    std::string marks = "(?";
    for (size_t i = 1; i < rows[at].size(); ++i) marks += ", ?";
    marks += ')';
    std::string text = fmt::format("INSERT INTO `{}` ({}) VALUES {}", table, columns, marks);
    for (size_t i = 1; i < count; ++i) text += ", " + marks;
    MPIM_TRY(Statement * statement, driver.prepare(made_sql(std::move(text))));
    int index = 0;
    for (size_t row = at; row < at + count; ++row)
      for (const RowCell& each : rows[row]) bind(*statement, ++index, each);
    const Rows done(statement);
    MPIM_CHECKED(statement->step());
    at += count;
  }
  return {};
}

}  // namespace mpim
