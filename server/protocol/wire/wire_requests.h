// The contract's requests as what services understand: here every range and every text is checked,
// by the functions that check the line protocol's.
//
// Threads  any: everything here is a function of its arguments.
// Errors   what contract/convert and contract/names answer; kBadRequest for what is missing, or
//          excludes each other.
#pragma once

#include <cstdint>

#include "server/contract/mpim/v1/group_service.pb.h"
#include "server/contract/mpim/v1/message_service.pb.h"
#include "server/contract/mpim/v1/presence_service.pb.h"
#include "server/contract/mpim/v1/user_service.pb.h"
#include "server/core/limits.h"
#include "server/protocol/request.h"

namespace mpim::wire {

struct WireLimits {
  uint32_t text_bytes_max = kTextBytes.standard;
  uint32_t ext_bytes_max = kExtBytes.standard;
};

// Messages
Parsed request_from(const v1::ConfirmMessagesRequest& in, const WireLimits& limits);
Parsed request_from(const v1::EditMessageRequest& in, const WireLimits& limits);
Parsed request_from(const v1::HideMessageRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListConversationsRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListReceiptsRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListUnreadRequest& in, const WireLimits& limits);
Parsed request_from(const v1::MarkReadRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ReadHistoryRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ReadInboxRequest& in, const WireLimits& limits);
Parsed request_from(const v1::RecallMessageRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SearchMessagesRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SendMessageRequest& in, const WireLimits& limits);

// Groups
Parsed request_from(const v1::ApproveJoinRequest& in, const WireLimits& limits);
Parsed request_from(const v1::CreateGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::DeclineInvitationRequest& in, const WireLimits& limits);
Parsed request_from(const v1::DescribeGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::DissolveGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::GetGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::InviteUserRequest& in, const WireLimits& limits);
Parsed request_from(const v1::JoinGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::KickMemberRequest& in, const WireLimits& limits);
Parsed request_from(const v1::LeaveGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListGroupsRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListInvitationsRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListJoinRequestsRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListMembersRequest& in, const WireLimits& limits);
Parsed request_from(const v1::MuteGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::MuteMemberRequest& in, const WireLimits& limits);
Parsed request_from(const v1::RefuseJoinRequest& in, const WireLimits& limits);
Parsed request_from(const v1::RenameGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SetJoinPolicyRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SetMemberRoleRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SetNoticeRequest& in, const WireLimits& limits);
Parsed request_from(const v1::TransferGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::UnmuteGroupRequest& in, const WireLimits& limits);
Parsed request_from(const v1::UnmuteMemberRequest& in, const WireLimits& limits);

// People
Parsed request_from(const v1::AcceptFriendRequest& in, const WireLimits& limits);
Parsed request_from(const v1::AddFriendRequest& in, const WireLimits& limits);
Parsed request_from(const v1::BlockUserRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ChangePasswordRequest& in, const WireLimits& limits);
Parsed request_from(const v1::GetPresenceRequest& in, const WireLimits& limits);
Parsed request_from(const v1::GetProfileRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListBlocksRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListDevicesRequest& in, const WireLimits& limits);
Parsed request_from(const v1::ListFriendsRequest& in, const WireLimits& limits);
Parsed request_from(const v1::RejectFriendRequest& in, const WireLimits& limits);
Parsed request_from(const v1::RemoveFriendRequest& in, const WireLimits& limits);
Parsed request_from(const v1::RevokeDeviceRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SendTypingRequest& in, const WireLimits& limits);
Parsed request_from(const v1::SetProfileRequest& in, const WireLimits& limits);
Parsed request_from(const v1::UnblockUserRequest& in, const WireLimits& limits);

}  // namespace mpim::wire
