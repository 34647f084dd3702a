// What a client can ask, in types that are valid once they exist. Every codec yields these.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/group_change.h"
#include "server/core/message.h"
#include "server/core/names.h"
#include "server/core/people.h"
#include "server/core/result.h"
#include "server/core/session_mode.h"

namespace mpim {

// How a log-in wants its session. Unset: the protocol's default.
struct SessionChoice {
  std::optional<DeviceName> device;
  std::optional<SyncMode> sync;
  std::optional<AckMode> ack;
  std::optional<uint64_t> since;
};

struct RegisterRequest {
  UserName name;
  std::string password;
  SessionChoice choice = {};
};
struct LoginRequest {
  UserName name;
  std::string password;
  SessionChoice choice;
};
struct AuthRequest {
  std::string token;
  SessionChoice choice;
};
struct SendRequest {
  Recipient to;
  std::string client_id;
  ContentType type = ContentType::kText;
  std::string text;
  FileId file = {};
  Timestamp client_at = {};
  std::string ext = {};
};
struct EditRequest {
  MessageId message;
  std::string text;
};
struct RecallRequest {
  MessageId message;
};
struct HideRequest {
  MessageId message;
};
// Which conversation is meant: by its id, or by whom it is with.
using ConversationChoice = std::variant<ConversationId, Recipient>;
struct HistoryRequest {
  ConversationChoice of;
  bool forwards = false;
  std::optional<Seq> bound;        // without: from the end, or the beginning
  std::optional<Timestamp> since;  // forwards from this time
  uint32_t count_max = 0;
  bool by_time = false;  // the page's entries by when they were written, not by seq
};
struct ConversationsRequest {
  MessageId before;  // the last message of the last row that was shown; 0: the first page
  uint32_t count_max = 0;
};
struct ReceiptsRequest {
  MessageId message;
  UserId after;
  uint32_t count_max = 0;
};
struct PullFrom {
  ConversationId conversation;
  Seq after;
};
struct PullRequest {
  uint32_t count_max;
  std::optional<PullFrom> from;
  bool reads = false;  // what is given counts as read once it is acknowledged
};
struct AckRequest {
  std::vector<MessageId> ids;  // empty: everything that was pushed (`ACK *`)
};
// What lies above the device's cursors, without a session.
struct InboxRequest {
  MessageId after;  // the last one that was shown; 0: from the first
  uint32_t count_max = 0;
};
// What was received, without a session.
struct ConfirmRequest {
  std::vector<MessageId> ids;
};
struct ReadRequest {
  MessageId through;
};
struct UnreadRequest {};
struct CreateGroupRequest {
  std::string name;
  std::string description;
};
struct JoinGroupRequest {
  GroupId group;
};
struct LeaveGroupRequest {
  GroupId group;
};
struct GroupsRequest {};
struct GroupLookRequest {
  GroupId group;
};
struct GroupChangeRequest {
  GroupId group;
  GroupChange change;
};
struct JoinRequestsRequest {  // who asks to join
  GroupId group;
  UserId after;
  uint32_t count_max;
};
struct RefuseRequest {
  GroupId group;
  UserId user;
};
struct InviteRequest {
  GroupId group;
  UserChoice whom;
};
struct InvitesRequest {};
struct DeclineRequest {
  GroupId group;
};
struct MembersRequest {
  GroupId group;
  UserId after;
  uint32_t count_max;
};
// Words, and what else must hold of a message.
struct SearchRequest {
  std::string words;
  ConversationId conversation;  // at most one of these three says where
  std::optional<UserChoice> with;
  GroupId group;
  std::optional<UserChoice> from;
  Timestamp since;  // 0: always
  Timestamp until;  // 0: always
  MessageId before;
  uint32_t count_max;
};
struct ProfileRequest {
  std::optional<UserChoice> of;  // nobody: one's own
};
struct SetProfileRequest {
  ProfileChange change;
};
struct AddFriendRequest {
  UserChoice whom;
};
struct AcceptRequest {
  UserChoice whom;
};
struct RejectRequest {
  UserChoice whom;
};
struct RemoveFriendRequest {
  UserChoice whom;
};
struct FriendsRequest {
  std::optional<FriendState> state;
  UserId after;
  uint32_t count_max;
};
struct BlockRequest {
  UserChoice whom;
};
struct UnblockRequest {
  UserChoice whom;
};
struct BlocksRequest {
  UserId after;
  uint32_t count_max;
};
struct PasswordRequest {
  std::string old_password;
  std::string new_password;
};
struct DevicesRequest {};
struct RevokeRequest {
  DeviceName device;
};
struct PingRequest {};
struct HelpRequest {
  std::string verb;  // empty: all of them
};
struct PresenceRequest {
  std::vector<UserId> users;  // empty: all friends
};
struct WatchRequest {
  std::vector<UserId> users;  // empty: all friends
};
struct UnwatchRequest {
  std::vector<UserId> users;  // empty: everybody
};
struct AwayRequest {
  bool away = true;  // false: BACK
};
struct TypingRequest {
  Recipient to;
};
struct QuitRequest {};
struct LogoutRequest {};

using Request =
    std::variant<RegisterRequest, LoginRequest, AuthRequest, SendRequest, PullRequest, AckRequest,
                 ReadRequest, UnreadRequest, CreateGroupRequest, JoinGroupRequest,
                 LeaveGroupRequest, GroupsRequest, MembersRequest, PingRequest, HelpRequest,
                 QuitRequest, LogoutRequest, EditRequest, RecallRequest, HideRequest,
                 HistoryRequest, ConversationsRequest, ReceiptsRequest, PresenceRequest,
                 WatchRequest, UnwatchRequest, AwayRequest, TypingRequest, SearchRequest,
                 ProfileRequest, SetProfileRequest, AddFriendRequest, AcceptRequest, RejectRequest,
                 RemoveFriendRequest, FriendsRequest, BlockRequest, UnblockRequest, BlocksRequest,
                 PasswordRequest, DevicesRequest, RevokeRequest, GroupLookRequest,
                 GroupChangeRequest, JoinRequestsRequest, RefuseRequest, InviteRequest,
                 InvitesRequest, DeclineRequest, InboxRequest, ConfirmRequest>;

// One request, or why it was none: either is answered exactly once.
using Parsed = Result<Request>;

}  // namespace mpim
