#include "server/store/sql/sql_dead_letters.h"

namespace mpim {
namespace {

constexpr Sql kAdd = "INSERT INTO dead_letters (source, reason, body, at) VALUES (?, ?, ?, ?)";
constexpr Sql kList =
    "SELECT id, source, reason, body, at FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?";
constexpr Sql kRemove = "DELETE FROM dead_letters WHERE id = ?";

}  // namespace

Result<void> SqlDeadLetters::add(const DeadLetter& letter) {
  MPIM_CHECKED(driver_.run(kAdd, letter.source, letter.reason, letter.body, letter.at));
  return {};
}

Result<std::vector<DeadLetter>> SqlDeadLetters::list(uint64_t after, uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kList, after, count_max));
  std::vector<DeadLetter> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back({rows.count(0), rows.text(1), rows.text(2), rows.text(3), rows.time(4)});
  }
}

Result<DeadLetter> SqlDeadLetters::find(uint64_t id) {
  MPIM_TRY(const std::vector<DeadLetter> found, list(id - 1, 1));
  if (id == 0 || found.empty() || found.front().id != id)
    return Error{Code::kNotFound, "there is no dead letter " + std::to_string(id)};
  return found.front();
}

Result<void> SqlDeadLetters::remove(uint64_t id) {
  MPIM_CHECKED(driver_.run(kRemove, id));
  return {};
}

}  // namespace mpim
