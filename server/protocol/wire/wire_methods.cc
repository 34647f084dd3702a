#include "server/protocol/wire/wire_methods.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "server/protocol/wire/wire_answers.h"

namespace mpim::wire {
namespace {

using google::protobuf::Message;

template <class Type>
const Message& empty() {
  return Type::default_instance();
}

template <class In>
Parsed from(const Message& in, const WireLimits& limits) {
  return request_from(static_cast<const In&>(in), limits);
}

// Writes `response` if it is an `Answer`.
template <class Answer, class Out>
bool to_one(const Response& response, Out& out) {
  const Answer* const found = std::get_if<Answer>(&response);
  if (found != nullptr) answer(*found, out);
  return found != nullptr;
}

template <class Out, class... Answers>
Result<void> to(const Response& response, Message& out) {
  if (const Error* const error = std::get_if<Error>(&response)) return *error;
  if ((to_one<Answers>(response, static_cast<Out&>(out)) || ...)) return {};
  return Error{Code::kInternal, "the answer is none of " + out.GetTypeName()};
}

template <class In, class Out, class... Answers>
constexpr Method row(std::string_view service, std::string_view name, std::string_view type) {
  return {service, name, type, empty<In>, empty<Out>, from<In>, to<Out, Answers...>};
}

// A change of a group: its answer is the entry it made.
template <class In, class Out>
constexpr Method change(std::string_view name, std::string_view type) {
  return row<In, Out, MembershipResponse>("GroupService", name, type);
}

constexpr auto kMethods = std::to_array<Method>({
    change<v1::ApproveJoinRequest, v1::ApproveJoinResponse>("ApproveJoin", "approve_join"),
    row<v1::CreateGroupRequest, v1::CreateGroupResponse, GroupCreatedResponse>(
        "GroupService", "CreateGroup", "create_group"),
    row<v1::DeclineInvitationRequest, v1::DeclineInvitationResponse, DeclinedResponse>(
        "GroupService", "DeclineInvitation", "decline_invite"),
    change<v1::DescribeGroupRequest, v1::DescribeGroupResponse>("DescribeGroup", "describe_group"),
    change<v1::DissolveGroupRequest, v1::DissolveGroupResponse>("DissolveGroup", "dissolve_group"),
    row<v1::GetGroupRequest, v1::GetGroupResponse, GroupLookResponse>("GroupService", "GetGroup",
                                                                      "group_info"),
    row<v1::InviteUserRequest, v1::InviteUserResponse, InvitedResponse>("GroupService",
                                                                        "InviteUser", "invite"),
    row<v1::JoinGroupRequest, v1::JoinGroupResponse, MembershipResponse, JoinPendingResponse>(
        "GroupService", "JoinGroup", "join_group"),
    change<v1::KickMemberRequest, v1::KickMemberResponse>("KickMember", "kick"),
    change<v1::LeaveGroupRequest, v1::LeaveGroupResponse>("LeaveGroup", "leave_group"),
    row<v1::ListGroupsRequest, v1::ListGroupsResponse, GroupsResponse>("GroupService", "ListGroups",
                                                                       "groups"),
    row<v1::ListInvitationsRequest, v1::ListInvitationsResponse, InvitesResponse>(
        "GroupService", "ListInvitations", "invites"),
    row<v1::ListJoinRequestsRequest, v1::ListJoinRequestsResponse, JoinRequestsResponse>(
        "GroupService", "ListJoinRequests", "join_requests"),
    row<v1::ListMembersRequest, v1::ListMembersResponse, MembersResponse>("GroupService",
                                                                          "ListMembers", "members"),
    change<v1::MuteGroupRequest, v1::MuteGroupResponse>("MuteGroup", "mute_group"),
    change<v1::MuteMemberRequest, v1::MuteMemberResponse>("MuteMember", "mute_member"),
    row<v1::RefuseJoinRequest, v1::RefuseJoinResponse, RefusedResponse>(
        "GroupService", "RefuseJoin", "refuse_join"),
    change<v1::RenameGroupRequest, v1::RenameGroupResponse>("RenameGroup", "rename_group"),
    change<v1::SetJoinPolicyRequest, v1::SetJoinPolicyResponse>("SetJoinPolicy", "set_policy"),
    change<v1::SetMemberRoleRequest, v1::SetMemberRoleResponse>("SetMemberRole", "set_role"),
    change<v1::SetNoticeRequest, v1::SetNoticeResponse>("SetNotice", "set_notice"),
    change<v1::TransferGroupRequest, v1::TransferGroupResponse>("TransferGroup", "transfer_group"),
    change<v1::UnmuteGroupRequest, v1::UnmuteGroupResponse>("UnmuteGroup", "unmute_group"),
    change<v1::UnmuteMemberRequest, v1::UnmuteMemberResponse>("UnmuteMember", "unmute_member"),
    row<v1::ConfirmMessagesRequest, v1::ConfirmMessagesResponse, ConfirmedResponse>(
        "MessageService", "ConfirmMessages", "confirm_messages_synced"),
    row<v1::EditMessageRequest, v1::EditMessageResponse, MembershipResponse>("MessageService",
                                                                             "EditMessage", "edit"),
    row<v1::HideMessageRequest, v1::HideMessageResponse, AckedResponse>("MessageService",
                                                                        "HideMessage", "hide"),
    row<v1::ListConversationsRequest, v1::ListConversationsResponse, ConversationsResponse>(
        "MessageService", "ListConversations", "conversations"),
    row<v1::ListReceiptsRequest, v1::ListReceiptsResponse, ReceiptsResponse>(
        "MessageService", "ListReceipts", "receipts"),
    row<v1::ListUnreadRequest, v1::ListUnreadResponse, UnreadResponse>("MessageService",
                                                                       "ListUnread", "unread"),
    row<v1::MarkReadRequest, v1::MarkReadResponse, ReadResponse>("MessageService", "MarkRead",
                                                                 "read"),
    row<v1::ReadHistoryRequest, v1::ReadHistoryResponse, HistoryResponse>("MessageService",
                                                                          "ReadHistory", "history"),
    row<v1::ReadInboxRequest, v1::ReadInboxResponse, InboxResponse>("MessageService", "ReadInbox",
                                                                    "sync_offline_messages"),
    row<v1::RecallMessageRequest, v1::RecallMessageResponse, MembershipResponse>(
        "MessageService", "RecallMessage", "recall"),
    row<v1::SearchMessagesRequest, v1::SearchMessagesResponse, FoundResponse>(
        "MessageService", "SearchMessages", "search"),
    row<v1::SendMessageRequest, v1::SendMessageResponse, SentResponse>("MessageService",
                                                                       "SendMessage", "chat"),
    row<v1::GetPresenceRequest, v1::GetPresenceResponse, PresenceResponse>(
        "PresenceService", "GetPresence", "presence"),
    row<v1::SendTypingRequest, v1::SendTypingResponse, TypingResponse>("PresenceService",
                                                                       "SendTyping", "typing"),
    row<v1::AcceptFriendRequest, v1::AcceptFriendResponse, FriendResponse>(
        "UserService", "AcceptFriend", "accept_friend"),
    row<v1::AddFriendRequest, v1::AddFriendResponse, FriendResponse>("UserService", "AddFriend",
                                                                     "add_friend"),
    row<v1::BlockUserRequest, v1::BlockUserResponse, BlockResponse>("UserService", "BlockUser",
                                                                    "block"),
    row<v1::ChangePasswordRequest, v1::ChangePasswordResponse, PasswordResponse>(
        "UserService", "ChangePassword", "password"),
    row<v1::GetProfileRequest, v1::GetProfileResponse, ProfileResponse>("UserService", "GetProfile",
                                                                        "profile"),
    row<v1::ListBlocksRequest, v1::ListBlocksResponse, BlocksResponse>("UserService", "ListBlocks",
                                                                       "blocks"),
    row<v1::ListDevicesRequest, v1::ListDevicesResponse, DevicesResponse>("UserService",
                                                                          "ListDevices", "devices"),
    row<v1::ListFriendsRequest, v1::ListFriendsResponse, FriendsResponse>("UserService",
                                                                          "ListFriends", "friends"),
    row<v1::RejectFriendRequest, v1::RejectFriendResponse, FriendResponse>(
        "UserService", "RejectFriend", "reject_friend"),
    row<v1::RemoveFriendRequest, v1::RemoveFriendResponse, FriendResponse>(
        "UserService", "RemoveFriend", "remove_friend"),
    row<v1::RevokeDeviceRequest, v1::RevokeDeviceResponse, RevokedResponse>(
        "UserService", "RevokeDevice", "revoke_device"),
    row<v1::SetProfileRequest, v1::SetProfileResponse, ProfileResponse>("UserService", "SetProfile",
                                                                        "set_profile"),
    row<v1::UnblockUserRequest, v1::UnblockUserResponse, BlockResponse>("UserService",
                                                                        "UnblockUser", "unblock"),
});

constexpr bool before(const Method& one, const Method& other) {
  return std::tie(one.service, one.name) < std::tie(other.service, other.name);
}
static_assert(std::ranges::is_sorted(kMethods, before));

// Indexes of kMethods, by type.
constexpr auto kByType = [] {
  std::array<const Method*, kMethods.size()> sorted{};
  std::ranges::transform(kMethods, sorted.begin(), [](const Method& each) { return &each; });
  std::ranges::sort(sorted, {}, &Method::type);
  return sorted;
}();

}  // namespace

std::span<const Method> all_methods() { return kMethods; }

const Method* find_method(std::string_view service, std::string_view name) {
  const auto wanted = std::tie(service, name);
  const auto place = [](const Method& each) { return std::tie(each.service, each.name); };
  const auto found = std::ranges::lower_bound(kMethods, wanted, {}, place);
  return found != kMethods.end() && place(*found) == wanted ? &*found : nullptr;
}

const Method* find_type(std::string_view type) {
  const auto found = std::ranges::lower_bound(kByType, type, {}, &Method::type);
  return found != kByType.end() && (*found)->type == type ? *found : nullptr;
}

}  // namespace mpim::wire
