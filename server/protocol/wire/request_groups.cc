// What is asked about groups.
#include <utility>

#include "server/contract/convert.h"
#include "server/protocol/wire/wire_fields.h"
#include "server/protocol/wire/wire_requests.h"

namespace mpim::wire {
namespace {

constexpr std::array<Word<JoinPolicy>, 3> kPolicies{{{"open", JoinPolicy::kOpen},
                                                     {"approval", JoinPolicy::kApproval},
                                                     {"closed", JoinPolicy::kClosed}}};
constexpr std::array<Word<Role>, 2> kRoles{{{"member", Role::kMember}, {"admin", Role::kAdmin}}};

// A request that names a group and nothing else.
template <class Request_, class In>
Parsed about_group(const In& in) {
  MPIM_TRY(const GroupId group, group_id_from(in.group_id()));
  return Request(Request_{group});
}

template <class In>
Parsed changing(const In& in, GroupChange change) {
  MPIM_TRY(const GroupId group, group_id_from(in.group_id()));
  return Request(GroupChangeRequest{group, std::move(change)});
}

// A change that names a member and nothing else.
template <class Change, class In>
Parsed changing_member(const In& in) {
  MPIM_TRY(const UserId user, user_id_from(in.user_id()));
  return changing(in, Change{user});
}

// 0: until somebody lifts it.
Result<std::optional<Millis>> lasting(uint32_t seconds) {
  if (seconds == 0) return std::optional<Millis>();
  MPIM_TRY(const uint64_t value, number_from(seconds, "seconds", 1, kMuteSecondsMax));
  return std::optional<Millis>(std::chrono::seconds(value));
}

}  // namespace

Parsed request_from(const v1::ApproveJoinRequest& in, const WireLimits&) {
  return changing_member<ApproveMember>(in);
}

Parsed request_from(const v1::CreateGroupRequest& in, const WireLimits&) {
  CreateGroupRequest create;
  MPIM_TRY(create.name, group_name(in.name()));
  MPIM_TRY(create.description, description(in.description()));
  return Request(std::move(create));
}

Parsed request_from(const v1::DeclineInvitationRequest& in, const WireLimits&) {
  return about_group<DeclineRequest>(in);
}

Parsed request_from(const v1::DescribeGroupRequest& in, const WireLimits&) {
  MPIM_TRY(std::string about, description(in.description()));
  return changing(in, DescribeGroup{std::move(about)});
}

Parsed request_from(const v1::DissolveGroupRequest& in, const WireLimits&) {
  return changing(in, DissolveGroup{});
}

Parsed request_from(const v1::GetGroupRequest& in, const WireLimits&) {
  return about_group<GroupLookRequest>(in);
}

Parsed request_from(const v1::InviteUserRequest& in, const WireLimits&) {
  MPIM_TRY(const GroupId group, group_id_from(in.group_id()));
  MPIM_TRY(UserChoice whom, person(in.user_id(), in.user_name()));
  return Request(InviteRequest{group, std::move(whom)});
}

Parsed request_from(const v1::JoinGroupRequest& in, const WireLimits&) {
  return about_group<JoinGroupRequest>(in);
}

Parsed request_from(const v1::KickMemberRequest& in, const WireLimits&) {
  return changing_member<KickMember>(in);
}

Parsed request_from(const v1::LeaveGroupRequest& in, const WireLimits&) {
  return about_group<LeaveGroupRequest>(in);
}

Parsed request_from(const v1::ListGroupsRequest&, const WireLimits&) {
  return Request(GroupsRequest{});
}

Parsed request_from(const v1::ListInvitationsRequest&, const WireLimits&) {
  return Request(InvitesRequest{});
}

Parsed request_from(const v1::ListJoinRequestsRequest& in, const WireLimits&) {
  JoinRequestsRequest requests{};
  MPIM_TRY(requests.group, group_id_from(in.group_id()));
  MPIM_TRY(requests.after, after_user(in.after()));
  MPIM_TRY(requests.count_max, limit(in.limit(), kPullStandard));
  return Request(requests);
}

Parsed request_from(const v1::ListMembersRequest& in, const WireLimits&) {
  MembersRequest members{};
  MPIM_TRY(members.group, group_id_from(in.group_id()));
  MPIM_TRY(members.after, after_user(in.after()));
  MPIM_TRY(members.count_max, limit(in.limit(), kPullStandard));
  return Request(members);
}

Parsed request_from(const v1::MuteGroupRequest& in, const WireLimits&) {
  MPIM_TRY(const std::optional<Millis> lasts, lasting(in.seconds()));
  return changing(in, MuteMember{UserId(), lasts});
}

Parsed request_from(const v1::MuteMemberRequest& in, const WireLimits&) {
  MPIM_TRY(const UserId user, user_id_from(in.user_id()));
  MPIM_TRY(const std::optional<Millis> lasts, lasting(in.seconds()));
  return changing(in, MuteMember{user, lasts});
}

Parsed request_from(const v1::RefuseJoinRequest& in, const WireLimits&) {
  MPIM_TRY(const GroupId group, group_id_from(in.group_id()));
  MPIM_TRY(const UserId user, user_id_from(in.user_id()));
  return Request(RefuseRequest{group, user});
}

Parsed request_from(const v1::RenameGroupRequest& in, const WireLimits&) {
  MPIM_TRY(std::string name, group_name(in.name()));
  return changing(in, RenameGroup{std::move(name)});
}

Parsed request_from(const v1::SetJoinPolicyRequest& in, const WireLimits&) {
  MPIM_TRY(const JoinPolicy join, one_of("joinPolicy", in.join_policy(), kPolicies));
  return changing(in, SetJoinPolicy{join});
}

Parsed request_from(const v1::SetMemberRoleRequest& in, const WireLimits&) {
  MPIM_TRY(const UserId user, user_id_from(in.user_id()));
  MPIM_TRY(const Role role, one_of("role", in.role(), kRoles));
  return changing(in, SetMemberRole{user, role});
}

Parsed request_from(const v1::SetNoticeRequest& in, const WireLimits&) {
  MPIM_TRY(std::string notice, group_notice(in.notice()));
  return changing(in, SetGroupNotice{std::move(notice)});
}

Parsed request_from(const v1::TransferGroupRequest& in, const WireLimits&) {
  return changing_member<TransferGroup>(in);
}

Parsed request_from(const v1::UnmuteGroupRequest& in, const WireLimits&) {
  return changing(in, MuteMember{UserId(), Millis(0)});
}

Parsed request_from(const v1::UnmuteMemberRequest& in, const WireLimits&) {
  MPIM_TRY(const UserId user, user_id_from(in.user_id()));
  return changing(in, MuteMember{user, Millis(0)});
}

}  // namespace mpim::wire
