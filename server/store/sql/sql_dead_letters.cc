#include "server/store/sql/sql_dead_letters.h"

#include "server/core/base_16.h"

namespace mpim {
namespace {

constexpr Sql kAdd = "INSERT INTO dead_letters (source, reason, body, at) VALUES (?, ?, ?, ?)";
constexpr Sql kList =
    "SELECT id, source, reason, body, at FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?";
constexpr Sql kRemove = "DELETE FROM dead_letters WHERE id = ?";

}  // namespace

Result<void> SqlDeadLetters::add(const DeadLetter& letter) {
  MPIM_CHECKED(driver_.run(kAdd, letter.source, letter.reason, in_base_16(letter.body), letter.at));
  return {};
}

Result<std::vector<DeadLetter>> SqlDeadLetters::list(uint64_t after, uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kList, after, count_max));
  std::vector<DeadLetter> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    std::string body = rows.text(3);
    if (std::optional<std::string> bytes = from_base_16(body)) body = *std::move(bytes);
    found.push_back({rows.count(0), rows.text(1), rows.text(2), std::move(body), rows.time(4)});
  }
}

Result<DeadLetter> SqlDeadLetters::find(uint64_t id) {
  MPIM_TRY(const std::vector<DeadLetter> found, list(std::max<uint64_t>(id, 1) - 1, 1));
  if (found.empty() || found.front().id != id)
    return Error{Code::kNotFound, "there is no dead letter " + std::to_string(id)};
  return found.front();
}

Result<bool> SqlDeadLetters::remove(uint64_t id) {
  MPIM_TRY(const uint64_t removed, driver_.run(kRemove, id));
  return removed > 0;
}

}  // namespace mpim
