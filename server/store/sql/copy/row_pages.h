// Rows of any table, read and written as they are, many at once.
#pragma once

#include <string>
#include <vector>

#include "server/store/sql/copy/copied_tables.h"

namespace mpim {

// One value of a row.
struct RowCell {
  enum class Kind : uint8_t { kNull, kNumber, kText, kBytes };
  Kind kind = Kind::kNull;
  int64_t number = 0;
  std::string text;  // or bytes

  static RowCell of(int64_t number) { return {Kind::kNumber, number, {}}; }
};

using RowCells = std::vector<RowCell>;

// So many rows are read at once, and written in one transaction.
inline constexpr size_t kPageRows = 1'000;

// Errors of all of them: those of the driver.

// At most kPageRows rows behind `after` (of which the columns of the key count; empty: from the
// start), ascending.
Result<std::vector<RowCells>> read_page(Driver& driver, const CopiedTable& table,
                                        const RowCells& after);
// The key of the table's last row; empty: it has none.
Result<RowCells> last_key(Driver& driver, const CopiedTable& table);
// The log, behind the place `pos`: the place first, then the columns of kCopiedLog.
Result<std::vector<RowCells>> read_log_page(Driver& driver, uint64_t pos);
// The log by conversation and seq, behind the entry `id`: its id first, then the columns.
Result<std::vector<RowCells>> read_log_page_by_id(Driver& driver, uint64_t id);

// Adds rows; needs a transaction.
Result<void> write_rows(Driver& driver, std::string_view table, std::string_view columns,
                        const std::vector<RowCells>& rows);

}  // namespace mpim
