// What admins change about a group: who may, what is written, and what its log says of it.
#include <fmt/chrono.h>

#include <algorithm>

#include "server/core/group_rights.h"
#include "server/store/sql/sql_groups.h"

namespace mpim {
namespace {

constexpr Sql kRename = "UPDATE `groups` SET name = ? WHERE id = ?";
constexpr Sql kDescribe = "UPDATE `groups` SET description = ? WHERE id = ?";
constexpr Sql kSetNotice = "UPDATE `groups` SET notice = ? WHERE id = ?";
constexpr Sql kSetPolicy = "UPDATE `groups` SET join_policy = ? WHERE id = ?";
constexpr Sql kSetMuted = "UPDATE `groups` SET muted_until = ? WHERE id = ?";
constexpr Sql kSetDissolved = "UPDATE `groups` SET dissolved_at = ? WHERE id = ?";

std::string named(UserId user) { return "user " + std::to_string(user.value); }
std::string named(GroupId group) { return "group " + std::to_string(group.value); }

Error may_not(GroupAct act) {
  const GroupRight& right = right_to(act);
  const std::string who =
      right.admin ? "only the owner and the admins may " : "only the owner may ";
  return {Code::kDenied, who + std::string(right.words)};
}

Error muted(GroupAct act, Timestamp until, Timestamp now) {
  const std::string what =
      "you are muted, and may not " + std::string(right_to(act).words) + " until ";
  if (until == kForGood) return {Code::kMuted, what + "it is lifted"};
  const auto left = static_cast<uint32_t>(std::min<int64_t>(until.ms - now.ms, UINT32_MAX));
  return {Code::kMuted, fmt::format("{}{:%Y-%m-%dT%H:%M:%SZ}", what, fmt::gmtime(until.ms / 1'000)),
          left};
}

Error so_already(const std::string& what) { return {Code::kConflict, what + " already"}; }

}  // namespace

Error dissolved_error(GroupId group) {
  return {Code::kDissolved, named(group) + " was dissolved: what was written in it stays readable"};
}

Result<ConversationHead*> SqlGroups::living(GroupId group) {
  MPIM_TRY(ConversationHead* const head, heads_.find(group));
  if (head->dissolved) return dissolved_error(group);
  return head;
}

Result<void> SqlGroups::may_act(const ConversationHead& head, UserId by, GroupAct act) {
  if (by == kSystemUser) return {};
  MPIM_TRY(const GroupPlace place, rights_.place(head.id, by));
  if (!place.member) return Error{Code::kNotMember, "you are not a member of " + named(head.group)};
  if (!may(place.role, act)) return may_not(act);
  return {};
}

// Acts whose words everybody reads: who may not send may not say it that way either.
Result<void> SqlGroups::may_say(const ConversationHead& head, UserId by, GroupAct act,
                                Timestamp now) {
  MPIM_CHECKED(may_act(head, by, act));
  if (by == kSystemUser) return {};
  MPIM_TRY(const GroupPlace place, rights_.place(head.id, by));
  if (place.muted_until > now) return muted(act, place.muted_until, now);
  return {};
}

Result<GroupPlace> SqlGroups::may_act_on(const ConversationHead& head, UserId by, GroupAct act,
                                         UserId whom) {
  MPIM_CHECKED(may_act(head, by, act));
  MPIM_TRY(const GroupPlace place, rights_.place(head.id, whom));
  if (!place.member) return Error{Code::kNotMember, named(whom) + " is not a member of this group"};
  if (by == kSystemUser) return place;
  MPIM_TRY(const GroupPlace own, rights_.place(head.id, by));
  if (may(own.role, act, place.role)) return place;
  return Error{Code::kDenied, "you may not " + std::string(right_to(act).words) + ": " +
                                  named(whom) + " is " + std::string(name_of(place.role)) +
                                  ", and your role must be higher"};
}

Result<Appended> SqlGroups::change(GroupId group, const GroupActor& by, const GroupChange& change,
                                   Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(ConversationHead* const head, living(group));
  return std::visit([&](const auto& one) { return apply(*head, by, one, now); }, change);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const RenameGroup& change, Timestamp now) {
  MPIM_CHECKED(may_say(head, by.user, GroupAct::kRename, now));
  MPIM_TRY(const Group before, find(head.group));
  if (before.name == change.name) return so_already("the group has this name");
  MPIM_CHECKED(driver_.run(kRename, change.name, head.group));
  return tell(head, by, {EntryKind::kRename, {}, change.name}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const DescribeGroup& change, Timestamp now) {
  MPIM_CHECKED(may_say(head, by.user, GroupAct::kRename, now));
  MPIM_TRY(const Group before, find(head.group));
  if (before.description == change.description) return so_already("the group has this description");
  MPIM_CHECKED(driver_.run(kDescribe, change.description, head.group));
  return tell(head, by, {EntryKind::kSettings, {}, std::string(kDescriptionChanged)}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const SetGroupNotice& change, Timestamp now) {
  MPIM_CHECKED(may_say(head, by.user, GroupAct::kSetNotice, now));
  MPIM_TRY(const Group before, find(head.group));
  if (before.notice == change.notice) return so_already("the group has this notice");
  MPIM_CHECKED(driver_.run(kSetNotice, change.notice, head.group));
  return tell(head, by, {EntryKind::kNotice, {}, change.notice}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const SetJoinPolicy& change, Timestamp now) {
  MPIM_CHECKED(may_act(head, by.user, GroupAct::kSetPolicy));
  MPIM_TRY(const Group before, find(head.group));
  const std::string word(name_of(change.join));
  if (before.join == change.join) return so_already("the group is " + word);
  MPIM_CHECKED(driver_.run(kSetPolicy, static_cast<int>(change.join), head.group));
  return tell(head, by, {EntryKind::kSettings, {}, word}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const ApproveMember& change, Timestamp now) {
  MPIM_CHECKED(may_act(head, by.user, GroupAct::kApprove));
  MPIM_TRY(const bool asks, is_open(head.group, RequestKind::kAsks, change.user));
  if (!asks) return Error{Code::kNotFound, named(change.user) + " does not ask to join"};
  return admit(head, change.user, by, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const KickMember& change, Timestamp now) {
  return end(head, change.user, by, EntryKind::kKick, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const SetMemberRole& change, Timestamp now) {
  MPIM_CHECK(change.role != Role::kOwner, "an owner is made by handing over");
  MPIM_TRY(const GroupPlace whom, may_act_on(head, by.user, GroupAct::kSetRole, change.user));
  const std::string word(name_of(change.role));
  if (whom.role == change.role) return so_already(named(change.user) + " is " + word);
  if (whom.role == Role::kOwner)
    return Error{Code::kDenied, named(change.user) + " owns the group: hand it over first"};
  MPIM_CHECKED(memberships_.set_role(head, change.user, change.role));
  return tell(head, by, {EntryKind::kRole, change.user, word}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const TransferGroup& change, Timestamp now) {
  MPIM_TRY(const GroupPlace whom, may_act_on(head, by.user, GroupAct::kTransfer, change.to));
  if (whom.role == Role::kOwner) return so_already(named(change.to) + " owns the group");
  MPIM_CHECKED(memberships_.set_owner(head, change.to));
  return tell(head, by, {EntryKind::kRole, change.to, std::string(name_of(Role::kOwner))}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const MuteMember& change, Timestamp now) {
  const bool lifts = change.lasts == Millis(0);
  const Timestamp until = lifts ? Timestamp{} : change.lasts ? now + *change.lasts : kForGood;
  const EntryKind kind = lifts ? EntryKind::kUnmute : EntryKind::kMute;
  const std::string text = lifts ? "" : std::to_string(until.ms);
  if (!change.user) {
    MPIM_CHECKED(may_act(head, by.user, GroupAct::kMuteAll));
    if (lifts && head.muted_until <= now) return so_already("all may send");
    MPIM_CHECKED(driver_.run(kSetMuted, until, head.group));
    heads_.set_muted(head, until);
    return tell(head, by, {kind, {}, text}, now);
  }
  MPIM_TRY(const GroupPlace whom, may_act_on(head, by.user, GroupAct::kMuteOne, change.user));
  if (lifts && whom.muted_until <= now) return so_already(named(change.user) + " may send");
  MPIM_CHECKED(memberships_.set_muted(head, change.user, until));
  return tell(head, by, {kind, change.user, text}, now);
}

Result<Appended> SqlGroups::apply(ConversationHead& head, const GroupActor& by,
                                  const DissolveGroup&, Timestamp now) {
  MPIM_CHECKED(may_act(head, by.user, GroupAct::kDissolve));
  return dissolve(head, by, now);
}

// The log's last entry: everybody who belongs until now may read it, and nobody comes after him.
Result<Appended> SqlGroups::dissolve(ConversationHead& head, const GroupActor& by, Timestamp now) {
  MPIM_CHECKED(settle_all(head.group, now));
  MPIM_CHECKED(driver_.run(kSetDissolved, now, head.group));
  MPIM_CHECKED(memberships_.close_all(head, head.head.next()));
  heads_.set_dissolved(head);
  return tell(head, by, {EntryKind::kDissolve, {}, ""}, now);
}

}  // namespace mpim
