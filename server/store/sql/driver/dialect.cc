#include "server/store/sql/driver/dialect.h"

#include "server/core/check.h"

namespace mpim {
namespace {

std::string replacement(const Dialect& dialect, std::string_view token) {
  const size_t space = token.find(' ');
  const std::string_view word = token.substr(0, space);
  const std::string rest(space == std::string_view::npos ? "" : token.substr(space + 1));
  if (word == "or_fail") return std::string(dialect.or_fail);
  if (word == "greatest") return std::string(dialect.greatest);
  if (word == "for_update") return std::string(dialect.for_update);
  if (word == "for_share") return std::string(dialect.for_share);
  if (word == "log_by_id") return std::string(dialect.log_by_id);
  if (word == "log_id") return std::string(dialect.log_id);
  if (word == "new") return std::string(dialect.new_before) + rest + std::string(dialect.new_after);
  MPIM_CHECK(word == "conflict", "a statement has a token that no dialect knows");
  return std::string(dialect.conflict_before) + (dialect.conflict_names_key ? rest : "") +
         std::string(dialect.conflict_after);
}

}  // namespace

std::string in_dialect(const Dialect& dialect, std::string_view statement) {
  std::string out;
  while (true) {
    const size_t open = statement.find('{');
    out += statement.substr(0, open);
    if (open == std::string_view::npos) return out;
    const size_t close = statement.find('}', open);
    MPIM_CHECK(close != std::string_view::npos, "a token of a statement has no end");
    out += replacement(dialect, statement.substr(open + 1, close - open - 1));
    statement.remove_prefix(close + 1);
  }
}

}  // namespace mpim
