#include "server/store/sql/sql_groups.h"

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

#define MPIM_GROUP \
  "SELECT g.id, g.conversation, g.name, g.description, g.owner, g.created_at, g.members "
constexpr Sql kFind = MPIM_GROUP "FROM `groups` g WHERE g.id = ?";
constexpr Sql kList = MPIM_GROUP "FROM `groups` g WHERE g.id > ? ORDER BY g.id LIMIT ?";
constexpr Sql kOfUser = MPIM_GROUP
    "FROM members m JOIN conversations c ON c.id = m.conversation"
    " JOIN `groups` g ON g.id = c.group_id WHERE m.user = ? AND m.to_seq = ?"
    " ORDER BY m.conversation";
#undef MPIM_GROUP
constexpr Sql kCountOfUser =
    "SELECT COUNT(*) FROM members m JOIN conversations c ON c.id = m.conversation"
    " WHERE m.user = ? AND m.to_seq = ? AND c.group_id IS NOT NULL";
constexpr Sql kCreate =
    "INSERT INTO `groups` (conversation, name, description, owner, members, created_at)"
    " VALUES (?, ?, ?, 0, 0, ?)";
constexpr Sql kListMembers =
    "SELECT m.user, u.name, m.role, m.joined_at FROM members m JOIN users u ON u.id = m.user"
    " WHERE m.conversation = ? AND m.user > ? AND m.to_seq = ? ORDER BY m.user LIMIT ?";
constexpr Sql kIsMember =
    "SELECT 1 FROM members WHERE conversation = ? AND user = ? AND to_seq = ?";
constexpr Sql kMembersSince =
    "SELECT user, MAX(to_seq) FROM members WHERE conversation = ? AND user > ? AND to_seq >= ?"
    " GROUP BY user ORDER BY user LIMIT ?";

Group group_from(Rows& rows) {
  return {rows.id<GroupId>(0), rows.id<ConversationId>(1), rows.text(2),
          rows.text(3),        rows.id<UserId>(4),         rows.time(5),
          rows.count(6)};
}

Result<std::vector<Group>> groups_from(Rows rows) {
  std::vector<Group> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(group_from(rows));
  }
}

std::string named(UserId user) { return "user " + std::to_string(user.value); }

}  // namespace

Result<CreatedGroup> SqlGroups::create(UserId owner, DeviceId device, const std::string& name,
                                       const std::string& description, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(room_for(owner));
  MPIM_TRY(ConversationHead* const head, heads_.make_group(now));
  MPIM_CHECKED(driver_.run(kCreate, head->id, name, description, now));
  const GroupId id(driver_.inserted_id());
  MPIM_CHECK(id.value <= kPersonIdMax, "all group ids are used up");
  MPIM_CHECKED(heads_.assign(*head, id));
  MPIM_CHECKED(memberships_.open(*head, owner, head->head, now));
  MPIM_TRY(Appended joined, add(*head, EntryKind::kJoin, owner, device, owner, now));
  return CreatedGroup{{id, head->id, name, description, owner, now, 1}, std::move(joined)};
}

// A user takes part in so many groups.
Result<void> SqlGroups::room_for(UserId user) {
  MPIM_TRY(const AccountState state, rights_.account(user));
  if (state == AccountState::kAbsent) return Error{Code::kNotFound, "no " + named(user)};
  MPIM_TRY(Rows rows, driver_.ask(kCountOfUser, user, kStillMember));
  MPIM_CHECKED(rows.next());
  if (rows.count(0) < limits_.groups_of_user_max) return {};
  return Error{Code::kLimit, named(user) + " is in " + std::to_string(rows.count(0)) +
                                 " groups already: leave one first"};
}

Result<Group> SqlGroups::find(GroupId group) {
  MPIM_TRY(Rows rows, driver_.ask(kFind, group));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no group " + std::to_string(group.value)};
  return group_from(rows);
}

Result<std::vector<Group>> SqlGroups::list(GroupId after, uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kList, after, count_max));
  return groups_from(std::move(rows));
}

Result<std::vector<Group>> SqlGroups::of_user(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kOfUser, user, kStillMember));
  return groups_from(std::move(rows));
}

Result<std::vector<Member>> SqlGroups::members(GroupId group, UserId after, uint32_t count_max) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_TRY(const Group found, find(group));
  MPIM_TRY(Rows rows,
           driver_.ask(kListMembers, found.conversation, after, kStillMember, count_max));
  std::vector<Member> members;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return members;
    members.push_back(
        {rows.id<UserId>(0), rows.text(1), static_cast<Role>(rows.number(2)), rows.time(3)});
  }
}

Result<bool> SqlGroups::is_member(GroupId group, UserId user) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_TRY(const Group found, find(group));
  MPIM_TRY(Rows rows, driver_.ask(kIsMember, found.conversation, user, kStillMember));
  return rows.next();
}

Result<std::vector<RecentMember>> SqlGroups::members_since(GroupId group, Seq since, UserId after,
                                                           uint32_t count_max) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver_));
  MPIM_TRY(const Group found, find(group));
  MPIM_TRY(Rows rows, driver_.ask(kMembersSince, found.conversation, after, since, count_max));
  std::vector<RecentMember> members;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return members;
    members.push_back({rows.id<UserId>(0), rows.number(1) == kStillMember});
  }
}

Result<Appended> SqlGroups::join(GroupId group, UserId user, DeviceId device, UserId by,
                                 Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, heads_.find(group));
  MPIM_TRY(const bool member, rights_.is_member(head->id, user));
  if (member) return Error{Code::kExists, named(user) + " is a member already"};
  MPIM_CHECKED(room_for(user));
  MPIM_TRY(const Group before, find(group));
  if (before.members >= limits_.members_max) {
    return Error{Code::kLimit,
                 "this group is full: " + std::to_string(before.members) + " members"};
  }
  MPIM_CHECKED(memberships_.open(*head, user, head->head, now));
  return add(*head, EntryKind::kJoin, user, device, by, now);
}

Result<Appended> SqlGroups::leave(GroupId group, UserId user, DeviceId device, UserId by,
                                  Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, heads_.find(group));
  MPIM_TRY(const bool member, rights_.is_member(head->id, user));
  if (!member) return Error{Code::kNotMember, named(user) + " is not a member of this group"};
  MPIM_CHECKED(memberships_.close(*head, user, head->head.next()));
  const EntryKind kind = by == user ? EntryKind::kLeave : EntryKind::kKick;
  return add(*head, kind, user, device, by, now);
}

Result<Appended> SqlGroups::add(ConversationHead& head, EntryKind kind, UserId user,
                                DeviceId device, UserId by, Timestamp now) {
  Entry entry;
  entry.kind = kind;
  entry.sender = by;
  entry.device = device;
  entry.subject = user;
  entry.at = now;
  MPIM_TRY(EntryPtr added, add_entry(tail_, heads_, head, std::move(entry)));
  const Committed committed{added->id(), now};
  return Appended{committed, std::move(added), head.audience()};
}

}  // namespace mpim
