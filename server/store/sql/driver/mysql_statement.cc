#include "server/store/sql/driver/mysql_statement.h"

#include <algorithm>

#include "server/core/check.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

bool is_number(enum_field_types type) {
  switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:  // a SUM()
    case MYSQL_TYPE_NULL: return true;
    default: return false;
  }
}

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

}  // namespace

MysqlStatement::MysqlStatement(MysqlDriver& driver, Owner statement, std::string text)
    : driver_(driver),
      statement_(std::move(statement)),
      text_(std::move(text)),
      in_(mysql_stmt_param_count(statement_.get())),
      parameters_(in_.size()) {
  const my_bool wanted = 1;
  mysql_stmt_attr_set(statement_.get(), STMT_ATTR_UPDATE_MAX_LENGTH, &wanted);
}

void MysqlStatement::bind(int index, int64_t number) {
  const auto at = static_cast<size_t>(index - 1);
  parameters_[at].number = number;
  in_[at] = {};
  in_[at].buffer_type = MYSQL_TYPE_LONGLONG;
  in_[at].buffer = &parameters_[at].number;
}

void MysqlStatement::bind(int index, std::string_view text, Hold hold) {
  bind_text(index, text, hold, MYSQL_TYPE_STRING);
}

void MysqlStatement::bind(int index, Bytes bytes, Hold hold) {
  bind_text(index, bytes.bytes, hold, MYSQL_TYPE_BLOB);
}

void MysqlStatement::bind_text(int index, std::string_view text, Hold hold, enum_field_types type) {
  const auto at = static_cast<size_t>(index - 1);
  if (hold == Hold::kCopies) text = parameters_[at].copy = text;
  in_[at] = {};
  in_[at].buffer_type = type;
  in_[at].buffer = const_cast<char*>(text.data());
  in_[at].buffer_length = text.size();
}

void MysqlStatement::bind(int index, Null) {
  const auto at = static_cast<size_t>(index - 1);
  in_[at] = {};
  in_[at].buffer_type = MYSQL_TYPE_NULL;
}

Result<bool> MysqlStatement::step() {
  MPIM_CHECKED(driver_.usable());
  if (!executed_) MPIM_CHECKED(execute());
  if (columns_.empty()) return false;
  switch (mysql_stmt_fetch(statement_.get())) {
    case 0: return true;
    case MYSQL_NO_DATA: return false;
    default:
      return driver_.failed(mysql_stmt_errno(statement_.get()), mysql_stmt_error(statement_.get()));
  }
}

Result<void> MysqlStatement::execute() {
  MYSQL_STMT* const statement = statement_.get();
  const auto failed = [&] {
    return driver_.failed(mysql_stmt_errno(statement), mysql_stmt_error(statement));
  };
  count(Counter::kStoreStatements);
  if (!in_.empty() && mysql_stmt_bind_param(statement, in_.data()) != 0) return failed();
  if (mysql_stmt_execute(statement) != 0) return failed();
  executed_ = true;
  if (mysql_stmt_field_count(statement) == 0) {
    driver_.changed_rows_ = mysql_stmt_affected_rows(statement);
    if (const uint64_t id = mysql_stmt_insert_id(statement); id != 0) driver_.inserted_id_ = id;
    return {};
  }
  if (mysql_stmt_store_result(statement) != 0) return failed();
  return make_room();
}

// As wide as the widest value of this answer.
Result<void> MysqlStatement::make_room() {
  const std::unique_ptr<MYSQL_RES, FreeResult> about(mysql_stmt_result_metadata(statement_.get()));
  MPIM_CHECK(about != nullptr, "an answer has no description");
  const unsigned int count = mysql_num_fields(about.get());
  const MYSQL_FIELD* const fields = mysql_fetch_fields(about.get());
  columns_.resize(count);
  out_.assign(count, {});
  for (unsigned int i = 0; i < count; ++i) {
    Column& column = columns_[i];
    MYSQL_BIND& into = out_[i];
    column.is_number = is_number(fields[i].type);
    into.is_null = &column.null;
    into.length = &column.length;
    into.error = &column.cut;
    if (column.is_number) {
      into.buffer_type = MYSQL_TYPE_LONGLONG;
      into.buffer = &column.number;
      continue;
    }
    column.room.resize(std::max<size_t>(fields[i].max_length, 1));
    into.buffer_type = MYSQL_TYPE_STRING;
    into.buffer = column.room.data();
    into.buffer_length = column.room.size();
  }
  if (mysql_stmt_bind_result(statement_.get(), out_.data()) == 0) return {};
  return driver_.failed(mysql_stmt_errno(statement_.get()), mysql_stmt_error(statement_.get()));
}

void MysqlStatement::reset() {
  if (executed_) mysql_stmt_free_result(statement_.get());
  executed_ = false;
}

int64_t MysqlStatement::number(int column) {
  const Column& at = columns_[static_cast<size_t>(column)];
  if (at.null != 0) return 0;
  MPIM_CHECK(at.is_number, "a text is asked for as a number");
  return at.number;
}

std::string_view MysqlStatement::text(int column) {
  Column& at = columns_[static_cast<size_t>(column)];
  if (at.null != 0) return {};
  if (at.is_number) return at.room = std::to_string(at.number);
  return std::string_view(at.room).substr(0, at.length);
}

}  // namespace mpim
