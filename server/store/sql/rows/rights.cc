#include "server/store/sql/rows/rights.h"

#include <algorithm>

#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kAccount = "SELECT disabled FROM users WHERE id = ? AND removed = 0";
constexpr Sql kNamed = "SELECT id FROM users WHERE name_key = ?";
constexpr Sql kIsMember =
    "SELECT 1 FROM members WHERE conversation = ? AND user = ? AND to_seq = ?";

}  // namespace

Result<AccountState> Rights::account(UserId user) {
  const auto known = accounts_.find(user);
  if (known != accounts_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kAccount, user));
  MPIM_TRY(const bool found, rows.next());
  const AccountState state = !found                ? AccountState::kAbsent
                             : rows.number(0) != 0 ? AccountState::kDisabled
                                                   : AccountState::kActive;
  return accounts_[user] = state;
}

Result<UserId> Rights::user_named(const std::string& name_key) {
  const auto known = names_.find(name_key);
  if (known != names_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kNamed, name_key));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user @" + name_key};
  return names_[name_key] = rows.id<UserId>(0);
}

Result<bool> Rights::is_member(ConversationId of, UserId user) {
  const auto known = members_.find({of, user});
  if (known != members_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kIsMember, of, user, kStillMember));
  MPIM_TRY(const bool found, rows.next());
  return members_[{of, user}] = found;
}

void Rights::begin() {
  const size_t most = std::max({accounts_.size(), names_.size(), members_.size()});
  if (most > kRememberedMax) forget();
}

void Rights::forget() {
  accounts_.clear();
  names_.clear();
  members_.clear();
}

}  // namespace mpim
