#include "server/store/sql/rows/memberships.h"

namespace mpim {
namespace {

constexpr Sql kOpen =
    "INSERT INTO members (conversation, user, from_seq, role, joined_at, muted_until)"
    " VALUES (?, ?, ?, ?, ?, ?)";
constexpr Sql kClose =
    "UPDATE members SET to_seq = ? WHERE conversation = ? AND user = ? AND to_seq = ?";
constexpr Sql kCloseAll = "UPDATE members SET to_seq = ? WHERE conversation = ? AND to_seq = ?";
constexpr Sql kNobody = "UPDATE `groups` SET owner = 0, members = 0 WHERE id = ?";
constexpr Sql kMute =
    "UPDATE members SET muted_until = ? WHERE conversation = ? AND user = ? AND to_seq = ?";
constexpr Sql kCount = "UPDATE `groups` SET members = members + ? WHERE id = ?";
constexpr Sql kOwner = "SELECT owner FROM `groups` WHERE id = ?";
constexpr Sql kSetOwner = "UPDATE `groups` SET owner = ? WHERE id = ?";
constexpr Sql kHeir =
    "SELECT m.user FROM members m JOIN users u ON u.id = m.user AND u.removed = 0"
    " WHERE m.conversation = ? AND m.to_seq = ? AND m.user <> ?"
    " ORDER BY u.disabled, m.role DESC, m.from_seq, m.user LIMIT 1";
constexpr Sql kSetRole =
    "UPDATE members SET role = ? WHERE conversation = ? AND user = ? AND to_seq = ?";

Result<UserId> owner_of(Driver& driver, GroupId group) {
  MPIM_TRY(Rows rows, driver.ask(kOwner, group));
  MPIM_TRY(const bool found, rows.next());
  MPIM_CHECK(found, "a group's conversation has no group");
  return rows.id<UserId>(0);
}

}  // namespace

Result<void> Memberships::open(ConversationHead& group, UserId user, Seq from, Timestamp now) {
  MPIM_TRY(const UserId owner, owner_of(driver_, group.group));
  const Role role = owner ? Role::kMember : Role::kOwner;
  MPIM_TRY(const GroupPlace last, rights_.place(group.id, user));
  const bool muted_still = owner && last.muted_until > now;
  const Timestamp muted = muted_still ? last.muted_until : Timestamp{};
  MPIM_CHECKED(driver_.run(kOpen, group.id, user, from, static_cast<int>(role), now, muted));
  MPIM_CHECKED(driver_.run(kCount, 1, group.group));
  if (!owner) MPIM_CHECKED(driver_.run(kSetOwner, user, group.group));
  changed(group, user);
  return {};
}

Result<void> Memberships::open_all(ConversationHead& group, std::span<const ImportedMember> members,
                                   Seq from, Timestamp now) {
  for (const ImportedMember& each : members) {
    MPIM_TRY(const GroupPlace last, rights_.place(group.id, each.user));
    MPIM_CHECK(!last.member, "a member is imported once");
    const Timestamp muted = last.muted_until > now ? last.muted_until : Timestamp{};
    MPIM_CHECKED(
        driver_.run(kOpen, group.id, each.user, from, static_cast<int>(each.role), now, muted));
    rights_.membership_changed(group.id, each.user);
  }
  MPIM_CHECKED(driver_.run(kCount, static_cast<int64_t>(members.size()), group.group));
  heads_.members_changed(group, members.size());
  return {};
}

Result<void> Memberships::close_all(ConversationHead& group, Seq to) {
  MPIM_CHECKED(driver_.run(kCloseAll, to, group.id, kStillMember));
  MPIM_CHECKED(driver_.run(kNobody, group.group));
  rights_.all_memberships_changed();
  heads_.members_changed(group);
  return {};
}

// Nobody's role is above an owner's, to lift a mute that he brought with him.
Result<void> Memberships::write_role(const ConversationHead& group, UserId user, Role role) {
  MPIM_CHECKED(driver_.run(kSetRole, static_cast<int>(role), group.id, user, kStillMember));
  if (role == Role::kOwner)
    MPIM_CHECKED(driver_.run(kMute, Timestamp{}, group.id, user, kStillMember));
  rights_.membership_changed(group.id, user);
  return {};
}

Result<void> Memberships::set_role(ConversationHead& group, UserId user, Role role) {
  MPIM_CHECKED(write_role(group, user, role));
  heads_.members_changed(group);
  return {};
}

Result<void> Memberships::set_owner(ConversationHead& group, UserId to) {
  MPIM_TRY(const UserId before, owner_of(driver_, group.group));
  if (before) MPIM_CHECKED(write_role(group, before, Role::kAdmin));
  MPIM_CHECKED(write_role(group, to, Role::kOwner));
  MPIM_CHECKED(driver_.run(kSetOwner, to, group.group));
  heads_.members_changed(group);
  return {};
}

Result<void> Memberships::set_muted(const ConversationHead& group, UserId user, Timestamp until) {
  MPIM_CHECKED(driver_.run(kMute, until, group.id, user, kStillMember));
  rights_.membership_changed(group.id, user);
  return {};
}

Result<void> Memberships::close(ConversationHead& group, UserId user, Seq to) {
  MPIM_CHECKED(hand_over(group, user));
  MPIM_CHECKED(driver_.run(kClose, to, group.id, user, kStillMember));
  MPIM_CHECKED(driver_.run(kCount, -1, group.group));
  changed(group, user);
  return {};
}

Result<UserId> Memberships::heir_of(const ConversationHead& group, UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kHeir, group.id, kStillMember, user));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.id<UserId>(0) : UserId();
}

Result<UserId> Memberships::hand_over(ConversationHead& group, UserId user) {
  MPIM_TRY(const UserId owner, owner_of(driver_, group.group));
  if (owner != user) return UserId();
  MPIM_TRY(const UserId heir, heir_of(group, user));
  if (heir) {
    MPIM_CHECKED(set_owner(group, heir));
  } else {
    MPIM_CHECKED(driver_.run(kSetOwner, heir, group.group));
  }
  return heir;
}

void Memberships::changed(ConversationHead& group, UserId user) {
  rights_.membership_changed(group.id, user);
  heads_.members_changed(group);
}

}  // namespace mpim
