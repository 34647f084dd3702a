#include "server/store/sql/people/user_version.h"

namespace mpim {
namespace {

constexpr Sql kRaise = "UPDATE users SET version = version + 1 WHERE id = ?";
constexpr Sql kVersion = "SELECT version FROM users WHERE id = ?";

}  // namespace

Result<uint64_t> next_version(Driver& driver, UserId user) {
  MPIM_CHECK(driver.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver.run(kRaise, user));
  MPIM_TRY(Rows rows, driver.ask(kVersion, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user " + std::to_string(user.value)};
  return rows.count(0);
}

}  // namespace mpim
