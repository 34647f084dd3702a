// Answers about groups and their members.
#include "server/protocol/wire/wire_answers.h"

namespace mpim::wire {

void write(const Group& group, v1::Group& out) {
  out.set_group_id(group.id.value);
  out.set_session_id(group.conversation.value);
  out.set_name(group.name);
  out.set_description(group.description);
  out.set_owner_user_id(group.owner.value);
  out.set_created_at(group.created_at.ms);
  out.set_members(static_cast<uint32_t>(group.members));
  out.set_notice(group.notice);
  out.set_join_policy(std::string(name_of(group.join)));
  out.set_muted_until(group.muted_until.ms);
  out.set_dissolved_at(group.dissolved_at.ms);
}

void answer(const DeclinedResponse& from, v1::DeclineInvitationResponse& out) {
  out.set_group_id(from.group.value);
}

void answer(const GroupCreatedResponse& from, v1::CreateGroupResponse& out) {
  write(from.group, *out.mutable_group());
}

void answer(const GroupLookResponse& from, v1::GetGroupResponse& out) {
  write(from.group, *out.mutable_group());
  out.set_role(std::string(from.member ? name_of(from.role) : "none"));
  out.set_invited(from.invited);
  out.set_muted_until(from.muted_until.ms);
}

void answer(const GroupsResponse& from, v1::ListGroupsResponse& out) {
  for (const Group& group : from.rows) write(group, *out.add_groups());
}

void answer(const InvitedResponse& from, v1::InviteUserResponse& out) {
  out.set_user_id(from.user.value);
}

void answer(const InvitesResponse& from, v1::ListInvitationsResponse& out) {
  for (const WaitingRow& row : from.rows) {
    v1::Invitation& told = *out.add_invitations();
    told.set_group_id(row.group.value);
    told.set_name(row.name);
    told.set_by_user_id(row.made_by.value);
    told.set_invited_at(row.at.ms);
  }
}

void answer(const JoinPendingResponse&, v1::JoinGroupResponse& out) { out.set_pending(true); }

void answer(const JoinRequestsResponse& from, v1::ListJoinRequestsResponse& out) {
  for (const WaitingRow& row : from.rows) {
    v1::JoinRequest& told = *out.add_requests();
    told.set_group_id(row.group.value);
    told.set_user_id(row.user.value);
    told.set_name(row.name);
    told.set_asked_at(row.at.ms);
  }
  out.set_has_more(from.more);
}

void answer(const MembersResponse& from, v1::ListMembersResponse& out) {
  for (const Member& member : from.rows) {
    v1::GroupMember& told = *out.add_members();
    told.set_user_id(member.user.value);
    told.set_name(member.name);
    told.set_role(std::string(name_of(member.role)));
    told.set_joined_at(member.joined_at.ms);
    told.set_muted_until(member.muted_until.ms);
  }
  out.set_has_more(from.more);
}

void answer(const RefusedResponse& from, v1::RefuseJoinResponse& out) {
  out.set_user_id(from.user.value);
}

}  // namespace mpim::wire
