// What a request is answered with. Every codec encodes these.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "server/core/conversation.h"
#include "server/core/cursor.h"
#include "server/core/errors.h"
#include "server/core/history.h"
#include "server/core/message.h"
#include "server/core/people.h"
#include "server/core/signal.h"

namespace mpim {

struct LoggedInResponse {
  UserId user;
  uint32_t pending = 0;  // above kCountedMax: shown as "1000+"
  uint32_t unread = 0;
  std::string token;
  std::string epoch;
  PrivateChanges own = {};  // the user's version, and the CHANGE lines behind the answer
};
struct SentResponse {
  Committed committed;
  std::string client_id = {};  // as the request gave it
};
struct PullResponse {
  bool level = false;  // pull_done, else pull_more
  uint32_t count = 0;  // MSG and EVENT lines that came before this answer
};
struct AckedResponse {};
struct InboxResponse {
  std::vector<EntryPtr> entries;  // ascending by conversation and seq
  bool more = false;
  UserId reader;  // his own messages are shown as to their sender
};
struct ConfirmedResponse {
  uint32_t conversations = 0;  // in which the device came further
};
struct ReadResponse {
  MessageId through;  // where the read cursor is now
};
struct UnreadResponse {
  std::vector<Unread> rows;
};
struct GroupCreatedResponse {
  Group group;
};
struct MembershipResponse {  // joined, left or changed: the entry it made
  MessageId entry;
};
struct JoinPendingResponse {};  // an admin must approve
// A group, and what its asker is to it.
struct GroupLookResponse {
  Group group;
  bool member = false;
  bool invited = false;
  Role role = Role::kMember;
  Timestamp muted_until;
};
// Somebody who asks to join (REQUEST), or an invitation of the asker's (INVITE).
struct WaitingRow {
  GroupId group;
  UserId user;
  UserId made_by;
  std::string name;
  Timestamp at;
};
struct JoinRequestsResponse {
  std::vector<WaitingRow> rows;
  bool more = false;
};
struct InvitesResponse {
  std::vector<WaitingRow> rows;
};
struct RefusedResponse {
  UserId user;
};
struct InvitedResponse {
  UserId user;
};
struct DeclinedResponse {
  GroupId group;
};
struct GroupsResponse {
  std::vector<Group> rows;
};
struct MembersResponse {
  std::vector<Member> rows;
  bool more = false;
};
struct HistoryResponse {
  HistoryPage page;
  UserId reader;  // his own messages are shown as to their sender
};
struct ConversationsResponse {
  std::vector<ConversationRow> rows;
  bool more = false;
};
struct ReceiptsResponse {
  Receipts receipts;
};
struct FoundResponse {
  std::vector<EntryPtr> rows;
  bool more = false;
  bool complete = true;
  MessageId next;  // 0: there is no more
};
struct ProfileResponse {
  Profile profile;
  bool own = false;  // his policy and version are told as well
};
struct FriendResponse {  // a friendship after it was changed
  UserId with;
  FriendState state = FriendState::kNone;
  uint64_t version = 0;
};
struct FriendsResponse {
  std::vector<Friend> rows;
  bool more = false;
};
struct BlockResponse {
  UserId whom;
  bool on = false;
  uint64_t version = 0;
};
struct BlocksResponse {
  std::vector<BlockedUser> rows;
  bool more = false;
};
struct PasswordResponse {
  std::string token;
};
// The devices of who asks; `own` is the one he asks on.
struct DevicesResponse {
  struct Row {
    std::string name;
    Timestamp created_at;
    Timestamp seen_at;
    bool online = false;
    bool own = false;
  };
  std::vector<Row> rows;
};
struct RevokedResponse {
  DeviceName device;
};
struct PongResponse {};
struct HelpResponse {
  std::string verb;  // empty: all of them
};
struct PresenceResponse {
  std::vector<PresenceSignal> rows;
};
struct WatchResponse {
  size_t watched = 0;                // by this session, now
  std::vector<PresenceSignal> rows;  // of those it asked for, how they are; none after UNWATCH
};
struct AwayResponse {
  bool away = false;
};
struct TypingResponse {};
struct ByeResponse {};

using Response =
    std::variant<LoggedInResponse, SentResponse, PullResponse, AckedResponse, ReadResponse,
                 UnreadResponse, GroupCreatedResponse, MembershipResponse, GroupsResponse,
                 MembersResponse, PongResponse, HelpResponse, ByeResponse, Error, HistoryResponse,
                 ConversationsResponse, ReceiptsResponse, PresenceResponse, WatchResponse,
                 AwayResponse, TypingResponse, FoundResponse, ProfileResponse, FriendResponse,
                 FriendsResponse, BlockResponse, BlocksResponse, PasswordResponse, DevicesResponse,
                 RevokedResponse, JoinPendingResponse, GroupLookResponse, JoinRequestsResponse,
                 InvitesResponse, RefusedResponse, InvitedResponse, DeclinedResponse, InboxResponse,
                 ConfirmedResponse>;

}  // namespace mpim
