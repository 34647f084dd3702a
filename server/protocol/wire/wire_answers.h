// What services answer, as the contract's messages.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include "server/contract/mpim/v1/group_service.pb.h"
#include "server/contract/mpim/v1/message_service.pb.h"
#include "server/contract/mpim/v1/presence_service.pb.h"
#include "server/contract/mpim/v1/user_service.pb.h"
#include "server/protocol/response.h"

namespace mpim::wire {

// As the devices of its sender get it, or everybody else.
void write(const Entry& entry, bool to_sender, v1::Message& out);
void write(const Group& group, v1::Group& out);
void write(const PresenceSignal& presence, v1::PresenceState& out);

// Messages
void answer(const AckedResponse& from, v1::HideMessageResponse& out);
void answer(const ConfirmedResponse& from, v1::ConfirmMessagesResponse& out);
void answer(const ConversationsResponse& from, v1::ListConversationsResponse& out);
void answer(const FoundResponse& from, v1::SearchMessagesResponse& out);
void answer(const HistoryResponse& from, v1::ReadHistoryResponse& out);
void answer(const InboxResponse& from, v1::ReadInboxResponse& out);
void answer(const ReadResponse& from, v1::MarkReadResponse& out);
void answer(const ReceiptsResponse& from, v1::ListReceiptsResponse& out);
void answer(const SentResponse& from, v1::SendMessageResponse& out);
void answer(const UnreadResponse& from, v1::ListUnreadResponse& out);

// Groups
void answer(const DeclinedResponse& from, v1::DeclineInvitationResponse& out);
void answer(const GroupCreatedResponse& from, v1::CreateGroupResponse& out);
void answer(const GroupLookResponse& from, v1::GetGroupResponse& out);
void answer(const GroupsResponse& from, v1::ListGroupsResponse& out);
void answer(const InvitedResponse& from, v1::InviteUserResponse& out);
void answer(const InvitesResponse& from, v1::ListInvitationsResponse& out);
void answer(const JoinPendingResponse& from, v1::JoinGroupResponse& out);
void answer(const JoinRequestsResponse& from, v1::ListJoinRequestsResponse& out);
void answer(const MembersResponse& from, v1::ListMembersResponse& out);
void answer(const RefusedResponse& from, v1::RefuseJoinResponse& out);

// People
void answer(const BlocksResponse& from, v1::ListBlocksResponse& out);
void answer(const DevicesResponse& from, v1::ListDevicesResponse& out);
void answer(const FriendsResponse& from, v1::ListFriendsResponse& out);
void answer(const PasswordResponse& from, v1::ChangePasswordResponse& out);
void answer(const PresenceResponse& from, v1::GetPresenceResponse& out);
void answer(const ProfileResponse& from, v1::GetProfileResponse& out);
void answer(const ProfileResponse& from, v1::SetProfileResponse& out);
void answer(const RevokedResponse& from, v1::RevokeDeviceResponse& out);
void answer(const TypingResponse& from, v1::SendTypingResponse& out);

// Of several methods with the same answer.
template <class Out>
void answer(const MembershipResponse& from, Out& out) {
  out.set_message_id(from.entry.value);
}
template <class Out>
void answer(const FriendResponse& from, Out& out) {
  out.set_user_id(from.with.value);
  out.set_state(std::string(name_of(from.state)));
  out.set_version(from.version);
}
template <class Out>
void answer(const BlockResponse& from, Out& out) {
  out.set_user_id(from.whom.value);
  out.set_blocked(from.on);
  out.set_version(from.version);
}

}  // namespace mpim::wire
