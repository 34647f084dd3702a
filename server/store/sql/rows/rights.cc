#include "server/store/sql/rows/rights.h"

#include <algorithm>

#include "server/core/people.h"
#include "server/store/sql/rows/memberships.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr Sql kAccount =
    "SELECT disabled, friends_only,"
    " EXISTS (SELECT 1 FROM blocks WHERE blocks.user = users.id AND blocks.state = 1)"
    " FROM users WHERE id = ? AND removed = 0";
constexpr Sql kRelation =
    "SELECT (SELECT state FROM blocks WHERE user = ? AND blocked = ?),"
    " (SELECT state FROM blocks WHERE user = ? AND blocked = ?),"
    " (SELECT state FROM friendships WHERE user = ? AND friend = ?)";
constexpr Sql kNamed = "SELECT id FROM users WHERE name_key = ?";
constexpr Sql kPlace =
    "SELECT role, muted_until, to_seq FROM members WHERE conversation = ? AND user = ?"
    " ORDER BY from_seq DESC LIMIT 1";
constexpr Sql kVersion = "SELECT rights_version FROM writers WHERE id = 1";
constexpr Sql kVersionAlone = "SELECT rights_version FROM writers WHERE id = 1 FOR UPDATE";
constexpr Sql kRaiseVersion = "UPDATE writers SET rights_version = rights_version + 1 WHERE id = 1";

void counted(bool hit) { count(hit ? Counter::kCacheRightsMemory : Counter::kCacheRightsDatabase); }

}  // namespace

Result<AccountState> Rights::account(UserId user) {
  MPIM_TRY(const AccountRights rights, account_rights(user));
  return rights.state;
}

Result<AccountRights> Rights::account_rights(UserId user) {
  const auto known = accounts_.find(user);
  counted(known != accounts_.end());
  if (known != accounts_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kAccount, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return accounts_[user] = AccountRights{};
  const AccountState state = rows.number(0) != 0 ? AccountState::kDisabled : AccountState::kActive;
  return accounts_[user] = AccountRights{state, rows.number(1) != 0, rows.number(2) != 0};
}

Result<Relation> Rights::relation(UserId user, UserId other) {
  const auto known = relations_.find({user, other});
  counted(known != relations_.end());
  if (known != relations_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kRelation, user, other, other, user, user, other));
  MPIM_CHECKED(rows.next());
  constexpr auto kMutual = static_cast<int64_t>(FriendState::kFriend);
  return relations_[{user, other}] =
             Relation{rows.number(0) != 0, rows.number(1) != 0, rows.number(2) == kMutual};
}

Result<void> Rights::may_write(UserId from, const AccountRights& sender, UserId to,
                               const AccountRights& receiver) {
  if (!sender.blocks && !receiver.blocks && !receiver.friends_only) return {};
  if (from == kSystemUser || from == to) return {};
  MPIM_TRY(const Relation between, relation(from, to));
  const std::string name = "user " + std::to_string(to.value);
  if (between.blocks) return Error{Code::kBlocked, "you blocked " + name + ": unblock first"};
  if (between.blocked) return Error{Code::kBlocked, name + " has blocked you"};
  if (receiver.friends_only && !between.friends)
    return Error{Code::kDenied, name + " hears from friends only: ADDFRIEND first"};
  return {};
}

Result<UserId> Rights::user_named(const std::string& name_key) {
  const auto known = names_.find(name_key);
  if (known != names_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kNamed, name_key));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user @" + name_key};
  return names_[name_key] = rows.id<UserId>(0);
}

Result<GroupPlace> Rights::place(ConversationId of, UserId user) {
  const auto known = members_.find({of, user});
  counted(known != members_.end());
  if (known != members_.end()) return known->second;
  MPIM_TRY(Rows rows, driver_.ask(kPlace, of, user));
  MPIM_TRY(const bool found, rows.next());
  GroupPlace place;
  if (found) {
    place.member = rows.number(2) == kStillMember;
    place.role = static_cast<Role>(rows.number(0));
    place.muted_until = rows.time(1);
    if (!place.member) place.left = rows.seq(2);
  }
  return members_[{of, user}] = place;
}

Result<bool> Rights::is_member(ConversationId of, UserId user) {
  MPIM_TRY(const GroupPlace here, place(of, user));
  return here.member;
}

Result<void> Rights::catch_up(bool alone) {
  MPIM_TRY(Rows rows, driver_.ask(alone ? kVersionAlone : kVersion));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "the table writers is empty: run mpimctl db verify"};
  if (rows.count(0) != version_) forget();
  version_ = rows.count(0);
  return {};
}

Result<void> Rights::tell() {
  if (!changed_) return {};
  MPIM_CHECKED(driver_.run(kRaiseVersion));
  ++version_;
  return {};
}

void Rights::begin() {
  changed_ = false;
  const size_t most =
      std::max({accounts_.size(), names_.size(), members_.size(), relations_.size()});
  if (most > kRememberedMax) forget();
}

void Rights::forget() {
  accounts_.clear();
  names_.clear();
  members_.clear();
  relations_.clear();
  version_ = 0;
}

}  // namespace mpim
