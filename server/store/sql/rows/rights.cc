#include "server/store/sql/rows/rights.h"

#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kAccount = "SELECT disabled FROM users WHERE id = ? AND removed = 0";
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

Result<bool> Rights::is_member(ConversationId of, UserId user) {
  const auto known = members_.find({of, user});
  if (known != members_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kIsMember, of, user, kStillMember));
  MPIM_TRY(const bool found, rows.next());
  return members_[{of, user}] = found;
}

void Rights::begin() {
  if (accounts_.size() > kRememberedMax || members_.size() > kRememberedMax) forget();
}

void Rights::forget() {
  accounts_.clear();
  members_.clear();
}

}  // namespace mpim
