// Who asks to join a group, and who is invited.
#include "server/core/group_rights.h"
#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/people/user_version.h"
#include "server/store/sql/rows/full_count.h"
#include "server/store/sql/sql_groups.h"

namespace mpim {
namespace {

constexpr Sql kIsOpen =
    "SELECT 1 FROM group_requests WHERE group_id = ? AND kind = ? AND user = ? AND state = 1";
constexpr Sql kPut =
    "INSERT INTO group_requests (group_id, kind, user, made_by, state, version, changed_at)"
    " VALUES (?, ?, ?, ?, 1, ?, ?) {conflict group_id, kind, user} made_by = {new made_by},"
    " state = 1, version = {new version}, changed_at = {new changed_at}";
constexpr Sql kForgetAsking =
    "DELETE FROM group_requests WHERE group_id = ? AND kind = 0 AND user = ?";
constexpr Sql kSettleInvitation =
    "UPDATE group_requests SET state = 0, version = ?, changed_at = ?"
    " WHERE group_id = ? AND kind = 1 AND user = ?";
constexpr Sql kForgetAllAsking = "DELETE FROM group_requests WHERE group_id = ? AND kind = 0";
constexpr Sql kInvited =
    "SELECT user FROM group_requests WHERE group_id = ? AND kind = 1 AND state = 1";
// A row when there are more than so many, which is all that a limit asks.
constexpr Sql kMoreOfGroup =
    "SELECT 1 FROM group_requests WHERE group_id = ? AND kind = ? AND state = 1 LIMIT 1 OFFSET ?";
constexpr Sql kMoreOfUser =
    "SELECT 1 FROM group_requests WHERE user = ? AND kind = ? AND state = 1 LIMIT 1 OFFSET ?";
constexpr Sql kRequests =
    "SELECT r.group_id, r.user, r.made_by, u.name, r.changed_at FROM group_requests r"
    " JOIN users u ON u.id = r.user WHERE r.group_id = ? AND r.kind = 0 AND r.user > ?"
    " AND r.state = 1 ORDER BY r.user LIMIT ?";
constexpr Sql kInvitations =
    "SELECT r.group_id, r.user, r.made_by, g.name, r.changed_at FROM group_requests r"
    " JOIN `groups` g ON g.id = r.group_id WHERE r.user = ? AND r.kind = 1 AND r.state = 1"
    " ORDER BY r.version";
constexpr Sql kState =
    "SELECT role, muted_until FROM members WHERE conversation = ? AND user = ? AND to_seq = ?";
constexpr Sql kAdmins =
    "SELECT user FROM members WHERE conversation = ? AND to_seq = ? AND role > 0"
    " ORDER BY user LIMIT ?";

std::string named(UserId user) { return "user " + std::to_string(user.value); }
std::string named(GroupId group) { return "group " + std::to_string(group.value); }

Result<std::vector<GroupRequest>> requests_from(Rows rows) {
  std::vector<GroupRequest> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(
        {rows.id<GroupId>(0), rows.id<UserId>(1), rows.id<UserId>(2), rows.text(3), rows.time(4)});
  }
}

Result<std::vector<UserId>> users_from(Rows rows) {
  std::vector<UserId> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(rows.id<UserId>(0));
  }
}

}  // namespace

Result<bool> SqlGroups::is_open(GroupId group, RequestKind kind, UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kIsOpen, group, static_cast<int>(kind), user));
  return rows.next();
}

Result<void> SqlGroups::room_for_request(GroupId group, RequestKind kind, UserId user) {
  const bool asks = kind == RequestKind::kAsks;  // `user` himself
  const uint64_t max = limits_.group_requests_max;
  const auto full = [&](const std::string& whose, std::string_view remedy) {
    return full_count(whose, max, asks ? "requests to join open" : "invitations open",
                      "groups.requests_max", remedy);
  };
  MPIM_TRY(Rows of_group, driver_.ask(kMoreOfGroup, group, static_cast<int>(kind), max - 1));
  MPIM_TRY(const bool group_full, of_group.next());
  if (group_full)
    return full(named(group) + " has", asks ? "ask again when its admins have answered one"
                                            : "one must be taken up or declined first");
  MPIM_TRY(Rows of_user, driver_.ask(kMoreOfUser, user, static_cast<int>(kind), max - 1));
  MPIM_TRY(const bool user_full, of_user.next());
  if (!user_full) return {};
  return asks ? full("you have", "one of them must be answered first")
              : full(named(user) + " has", "he must take up or decline one first");
}

Result<JoinAsked> SqlGroups::ask_to_join(GroupId group, const GroupActor& by, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, living(group));
  MPIM_CHECKED(no_member(*head, by.user));
  MPIM_TRY(const Group about, find(group));
  MPIM_TRY(const bool invited, is_open(group, RequestKind::kInvited, by.user));
  if (invited || about.join == JoinPolicy::kOpen) {
    MPIM_TRY(Appended joined, admit(*head, by.user, by, now));
    return JoinAsked{std::move(joined), false};
  }
  if (about.join == JoinPolicy::kClosed)
    return Error{Code::kDenied, named(group) + " is closed: one of its admins must invite you"};
  MPIM_TRY(const bool asked, is_open(group, RequestKind::kAsks, by.user));
  if (asked) return JoinAsked{std::nullopt, true};
  MPIM_CHECKED(room_for_request(group, RequestKind::kAsks, by.user));
  MPIM_CHECKED(driver_.run(kPut, group, static_cast<int>(RequestKind::kAsks), by.user, by.user,
                           uint64_t{0}, now));
  return JoinAsked{};
}

Result<bool> SqlGroups::refuse(GroupId group, const GroupActor& by, UserId user, Timestamp) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, living(group));
  MPIM_CHECKED(may_act(*head, by.user, GroupAct::kApprove));
  MPIM_TRY(const bool asks, is_open(group, RequestKind::kAsks, user));
  if (!asks) return Error{Code::kNotFound, named(user) + " does not ask to join"};
  MPIM_CHECKED(driver_.run(kForgetAsking, group, user));
  return true;
}

Result<Invitation> SqlGroups::invite(GroupId group, const GroupActor& by, UserId user,
                                     Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, living(group));
  MPIM_CHECKED(may_act(*head, by.user, GroupAct::kInvite));
  MPIM_TRY(const AccountState state, rights_.account(user));
  if (state == AccountState::kAbsent || user == kSystemUser)
    return Error{Code::kNotFound, "no " + named(user)};
  if (state == AccountState::kDisabled) return Error{Code::kDisabled, named(user) + " is disabled"};
  MPIM_CHECKED(no_member(*head, user));
  MPIM_TRY(const Relation between, rights_.relation(by.user, user));
  if (between.blocks || between.blocked)
    return Error{Code::kBlocked, "you and " + named(user) + " have nothing to do with each other"};
  MPIM_TRY(const bool invited, is_open(group, RequestKind::kInvited, user));
  if (invited) return Error{Code::kExists, named(user) + " is invited already"};
  MPIM_CHECKED(room_for_request(group, RequestKind::kInvited, user));
  MPIM_TRY(const uint64_t version, next_version(driver_, user));
  MPIM_CHECKED(driver_.run(kPut, group, static_cast<int>(RequestKind::kInvited), user, by.user,
                           version, now));
  return Invitation{user, version};
}

Result<Invitation> SqlGroups::decline(GroupId group, UserId user, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const bool invited, is_open(group, RequestKind::kInvited, user));
  if (!invited) return Error{Code::kNotFound, "you are not invited to " + named(group)};
  MPIM_TRY(const uint64_t version, next_version(driver_, user));
  MPIM_CHECKED(driver_.run(kSettleInvitation, version, now, group, user));
  return Invitation{user, version};
}

// Whoever belongs neither asks nor is invited.
Result<void> SqlGroups::settle(GroupId group, UserId user, Timestamp now) {
  MPIM_CHECKED(driver_.run(kForgetAsking, group, user));
  MPIM_TRY(const bool invited, is_open(group, RequestKind::kInvited, user));
  if (!invited) return {};
  MPIM_TRY(const uint64_t version, next_version(driver_, user));
  MPIM_CHECKED(driver_.run(kSettleInvitation, version, now, group, user));
  return {};
}

Result<void> SqlGroups::settle_all(GroupId group, Timestamp now) {
  MPIM_CHECKED(driver_.run(kForgetAllAsking, group));
  MPIM_TRY(Rows rows, driver_.ask(kInvited, group));
  MPIM_TRY(const std::vector<UserId> invited, users_from(std::move(rows)));
  for (const UserId user : invited) {
    MPIM_TRY(const uint64_t version, next_version(driver_, user));
    MPIM_CHECKED(driver_.run(kSettleInvitation, version, now, group, user));
  }
  return {};
}

Result<std::vector<GroupRequest>> SqlGroups::requests(GroupId group, UserId after,
                                                      uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kRequests, group, after, count_max));
  return requests_from(std::move(rows));
}

Result<std::vector<GroupRequest>> SqlGroups::invitations(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kInvitations, user));
  return requests_from(std::move(rows));
}

Result<MemberState> SqlGroups::state_of(GroupId group, UserId user) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_TRY(const Group found, find(group));
  MemberState state;
  {
    MPIM_TRY(Rows rows, driver_.ask(kState, found.conversation, user, kStillMember));
    MPIM_TRY(state.member, rows.next());
    if (state.member) {
      state.role = static_cast<Role>(rows.number(0));
      state.muted_until = rows.time(1);
    }
  }
  MPIM_TRY(state.invited, is_open(group, RequestKind::kInvited, user));
  return state;
}

Result<std::vector<UserId>> SqlGroups::admins(GroupId group, uint32_t count_max) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_TRY(const Group found, find(group));
  MPIM_TRY(Rows rows, driver_.ask(kAdmins, found.conversation, kStillMember, count_max));
  return users_from(std::move(rows));
}

}  // namespace mpim
