// How each kind of answer is written on the line protocol.
#pragma once

#include <string>

#include "server/protocol/response.h"

namespace mpim::line {

// One overload for each alternative of Response; each appends everything but the last LF: the first
// line, and behind it the rows of a list.
// Threads  any.
struct AnswerWriter {
  std::string& out;  // appended to

  void operator()(const LoggedInResponse& login) const;
  void operator()(const SentResponse& sent) const;
  void operator()(const PullResponse& pull) const;
  void operator()(const AckedResponse&) const;
  void operator()(const ReadResponse& read) const;
  void operator()(const UnreadResponse& unread) const;
  void operator()(const GroupCreatedResponse& created) const;
  void operator()(const MembershipResponse& membership) const;
  void operator()(const JoinPendingResponse&) const;
  void operator()(const GroupLookResponse& look) const;
  void operator()(const JoinRequestsResponse& requests) const;
  void operator()(const InvitesResponse& invites) const;
  void operator()(const RefusedResponse& refused) const;
  void operator()(const InvitedResponse& invited) const;
  void operator()(const DeclinedResponse& declined) const;
  void operator()(const GroupsResponse& groups) const;
  void operator()(const MembersResponse& members) const;
  void operator()(const FoundResponse& found) const;
  void operator()(const ProfileResponse& response) const;
  void operator()(const FriendResponse& response) const;
  void operator()(const FriendsResponse& friends) const;
  void operator()(const BlockResponse& response) const;
  void operator()(const BlocksResponse& blocks) const;
  void operator()(const PasswordResponse& response) const;
  void operator()(const DevicesResponse& devices) const;
  void operator()(const RevokedResponse& response) const;
  void operator()(const PongResponse&) const;
  void operator()(const HelpResponse& help) const;
  void operator()(const ByeResponse&) const;
  void operator()(const PresenceResponse& presence) const;
  void operator()(const WatchResponse& watch) const;
  void operator()(const AwayResponse& away) const;
  void operator()(const TypingResponse&) const;
  void operator()(const Error& error) const;
  void operator()(const HistoryResponse& history) const;
  void operator()(const ConversationsResponse& conversations) const;
  void operator()(const ReceiptsResponse& receipts) const;
  // Asked without a session, so not on this door; written all the same.
  void operator()(const InboxResponse& inbox) const;
  void operator()(const ConfirmedResponse& confirmed) const;

 private:
  void entry(MessageId id) const;
};

}  // namespace mpim::line
