#include "server/store/sql/sql_groups.h"

#include <span>
#include <unordered_set>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/full_count.h"
#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

#define MPIM_GROUP                                                                        \
  "SELECT g.id, g.conversation, g.name, g.description, g.owner, g.created_at, g.members," \
  " g.notice, g.join_policy, g.muted_until, g.dissolved_at "
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
    "SELECT m.user, u.name, m.role, m.joined_at, m.muted_until FROM members m"
    " JOIN users u ON u.id = m.user"
    " WHERE m.conversation = ? AND m.user > ? AND m.to_seq = ? ORDER BY m.user LIMIT ?";
constexpr Sql kIsMember =
    "SELECT 1 FROM members WHERE conversation = ? AND user = ? AND to_seq = ?";
constexpr Sql kMembersSince =
    "SELECT user, MAX(to_seq) FROM members WHERE conversation = ? AND user > ? AND to_seq >= ?"
    " GROUP BY user ORDER BY user LIMIT ?";

Group group_from(Rows& rows) {
  Group group;
  group.id = rows.id<GroupId>(0);
  group.conversation = rows.id<ConversationId>(1);
  group.name = rows.text(2);
  group.description = rows.text(3);
  group.owner = rows.id<UserId>(4);
  group.created_at = rows.time(5);
  group.members = rows.count(6);
  group.notice = rows.text(7);
  group.join = static_cast<JoinPolicy>(rows.number(8));
  group.muted_until = rows.time(9);
  group.dissolved_at = rows.time(10);
  return group;
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

Error full(const Group& group, uint64_t members_max) {
  return full_count("group " + std::to_string(group.id.value) + " has", members_max, "members",
                    "groups.members_max", "somebody must leave first");
}

Error too_many(const Group& group, size_t more, uint64_t members_max) {
  return {Code::kLimit,
          fmt::format("group {} has {} members, and {} more are over the {} that groups.members_max"
                      " allows: import fewer",
                      group.id.value, group.members, more, members_max)};
}

}  // namespace

Result<CreatedGroup> SqlGroups::create(UserId owner, DeviceId device, const std::string& name,
                                       const std::string& description, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(room_for(owner, owner));
  MPIM_TRY(ConversationHead* const head, heads_.make_group(now));
  MPIM_CHECKED(driver_.run(kCreate, head->id, name, description, now));
  const GroupId id(driver_.inserted_id());
  MPIM_CHECK(id.value <= kPersonIdMax, "all group ids are used up");
  MPIM_CHECKED(heads_.assign(*head, id));
  MPIM_CHECKED(memberships_.open(*head, owner, head->head, now));
  MPIM_TRY(Appended joined, tell(*head, {owner, device}, {EntryKind::kJoin, owner, ""}, now));
  return CreatedGroup{{id, head->id, name, description, owner, now, 1}, std::move(joined)};
}

// A user takes part in so many groups.
Result<void> SqlGroups::room_for(UserId user, UserId asking) {
  MPIM_TRY(const AccountState state, rights_.account(user));
  if (state == AccountState::kAbsent) return Error{Code::kNotFound, "no " + named(user)};
  MPIM_TRY(Rows rows, driver_.ask(kCountOfUser, user, kStillMember));
  MPIM_CHECKED(rows.next());
  if (rows.count(0) < limits_.groups_of_user_max) return {};
  return full_count(counted_of(user, asking, "are in", "is in"), limits_.groups_of_user_max,
                    "groups", "groups.per_user_max",
                    user == asking ? "leave one first" : "he must leave one first");
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
    members.push_back({rows.id<UserId>(0), rows.text(1), static_cast<Role>(rows.number(2)),
                       rows.time(3), rows.time(4)});
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
  MPIM_TRY(ConversationHead* const head, living(group));
  MPIM_CHECKED(no_member(*head, user));
  return admit(*head, user, {by, device}, now);
}

Result<void> SqlGroups::no_member(const ConversationHead& head, UserId user) {
  MPIM_TRY(const bool member, rights_.is_member(head.id, user));
  if (member) return Error{Code::kExists, named(user) + " is a member already"};
  return {};
}

Result<Appended> SqlGroups::admit(ConversationHead& head, UserId user, const GroupActor& by,
                                  Timestamp now) {
  MPIM_CHECKED(room_for(user, by.user));
  MPIM_TRY(const Group before, find(head.group));
  if (before.members >= limits_.members_max) return full(before, limits_.members_max);
  MPIM_CHECKED(memberships_.open(head, user, head.head, now));
  MPIM_CHECKED(settle(head.group, user, now));
  return tell(head, by, {EntryKind::kJoin, user, ""}, now);
}

Result<Appended> SqlGroups::leave(GroupId group, UserId user, DeviceId device, UserId by,
                                  Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, living(group));
  return end(*head, user, {by, device}, by == user ? EntryKind::kLeave : EntryKind::kKick, now);
}

// The new owner is told before the end, as if the old one had handed over and then left. Only the
// end is announced: a session sees the gap, and reads what came before it in the log. A group that
// nobody owns any more is dissolved: nobody could let others in.
Result<Appended> SqlGroups::end(ConversationHead& head, UserId user, const GroupActor& by,
                                EntryKind kind, Timestamp now) {
  if (kind == EntryKind::kKick) MPIM_CHECKED(may_act_on(head, by.user, GroupAct::kKick, user));
  MPIM_TRY(const bool member, rights_.is_member(head.id, user));
  if (!member) return Error{Code::kNotMember, named(user) + " is not a member of this group"};
  MPIM_TRY(const UserId heir, memberships_.hand_over(head, user));
  if (heir) {
    const std::string word(name_of(Role::kOwner));
    MPIM_CHECKED(tell(head, {by.user, {}}, {EntryKind::kRole, heir, word}, now));
  }
  MPIM_CHECKED(memberships_.close(head, user, head.head.next()));
  MPIM_TRY(Appended ended, tell(head, by, {kind, user, ""}, now));
  MPIM_TRY(const Group left, find(head.group));
  if (!left.owner) MPIM_CHECKED(dissolve(head, by, now));
  return ended;
}

// Those who belong already keep what they have: an import that broke off is simply repeated.
Result<Imported> SqlGroups::import(GroupId group, const std::vector<ImportedMember>& members,
                                   Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, living(group));
  MPIM_TRY(const Group before, find(group));
  std::vector<ImportedMember> added;
  std::unordered_set<UserId> seen;
  for (const ImportedMember& each : members) {
    MPIM_TRY(const bool member, rights_.is_member(head->id, each.user));
    if (member || !seen.insert(each.user).second) continue;
    MPIM_CHECKED(room_for(each.user, kSystemUser));
    MPIM_CHECKED(settle(group, each.user, now));
    added.push_back({each.user, each.role == Role::kOwner ? Role::kAdmin : each.role});
  }
  if (added.empty()) return Imported{};
  if (before.members + added.size() > limits_.members_max)
    return too_many(before, added.size(), limits_.members_max);
  const Seq from = head->head;
  std::span<const ImportedMember> rest = added;
  if (!before.owner) {
    MPIM_CHECKED(memberships_.open(*head, added.front().user, from, now));
    rest = rest.subspan(1);
  }
  MPIM_CHECKED(memberships_.open_all(*head, rest, from, now));
  MPIM_TRY(Appended entry, tell(*head, {kSystemUser, {}},
                                {EntryKind::kJoin, {}, std::to_string(added.size())}, now));
  return Imported{static_cast<uint32_t>(added.size()), std::move(entry)};
}

Result<Appended> SqlGroups::tell(ConversationHead& head, const GroupActor& by, Said said,
                                 Timestamp now) {
  Entry entry;
  entry.kind = said.kind;
  entry.sender = by.user;
  entry.device = by.device;
  entry.subject = said.about;
  entry.at = now;
  entry.text = std::move(said.text);
  MPIM_TRY(EntryPtr added, add_entry(tail_, heads_, head, std::move(entry)));
  const Committed committed{added->id(), now};
  return Appended{committed, std::move(added), head.audience()};
}

}  // namespace mpim
