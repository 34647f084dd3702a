// The handful of places where databases differ in what they call the same thing.
#pragma once

#include <string>
#include <string_view>

namespace mpim {

// Statements are written once, with these tokens in them:
//   {or_fail}          after INSERT: a row that cannot be stored ends the transaction, so that
//                      nothing is kept ready for undoing this statement alone
//   {conflict a, b}    after VALUES (...): what to do when the unique key (a, b) exists
//   {new a}            in what follows {conflict}: the value that was to be inserted
//   {greatest}         the function that answers the greatest of its arguments
//   {for_update}       ends a SELECT whose rows nobody else may change before this transaction ends
//   {for_share}        the same of a row that is only looked at
//   {log_by_id}        the log, `e`, to be read in the order of its entries' ids
//   {log_id}           the id of such an entry
struct Dialect {
  std::string_view or_fail;
  std::string_view conflict_before;  // around the key's columns
  std::string_view conflict_after;
  bool conflict_names_key;
  std::string_view new_before;  // around the column
  std::string_view new_after;
  std::string_view greatest;
  std::string_view for_update;
  std::string_view for_share;
  std::string_view log_by_id;
  std::string_view log_id;
  // Other processes write beside this one: what was read holds only while its row is locked, and
  // the index of the log is the database's own.
  bool many_writers;
  std::string_view
      integrity_check;  // answers one row "ok", or what is damaged; empty: there is none
};

inline constexpr Dialect kSqliteDialect{
    .or_fail = "OR FAIL",
    .conflict_before = "ON CONFLICT (",
    .conflict_after = ") DO UPDATE SET",
    .conflict_names_key = true,
    .new_before = "excluded.",
    .new_after = "",
    .greatest = "MAX",
    .for_update = "",
    .for_share = "",
    .log_by_id = "messages_by_seq i JOIN messages e ON e.pos = i.pos",
    .log_id = "i.id",
    .many_writers = false,
    .integrity_check = "PRAGMA integrity_check(20)",
};

inline constexpr Dialect kMysqlDialect{
    .or_fail = "",
    .conflict_before = "ON DUPLICATE KEY UPDATE",
    .conflict_after = "",
    .conflict_names_key = false,
    .new_before = "VALUES(",
    .new_after = ")",
    .greatest = "GREATEST",
    .for_update = "FOR UPDATE",
    .for_share = "LOCK IN SHARE MODE",
    .log_by_id = "messages e",
    .log_id = "e.id",
    .many_writers = true,
    .integrity_check = "",
};

// `statement` with its tokens replaced. An unknown token stops the process: it is our own mistake.
std::string in_dialect(const Dialect& dialect, std::string_view statement);

}  // namespace mpim
