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

namespace mpim {

struct LoggedInResponse {
  UserId user;
  uint32_t pending = 0;  // above kCountedMax: shown as "1000+"
  uint32_t unread = 0;
  std::string token;
  std::string epoch;
};
struct SentResponse {
  Committed committed;
};
struct PullResponse {
  bool level = false;  // pull_done, else pull_more
  uint32_t count = 0;  // MSG and EVENT lines that came before this answer
};
struct AckedResponse {};
struct ReadResponse {
  MessageId through;  // where the read cursor is now
};
struct UnreadResponse {
  std::vector<Unread> rows;
};
struct GroupCreatedResponse {
  Group group;
};
struct MembershipResponse {  // joined or left: the entry it made
  MessageId entry;
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
struct PongResponse {};
struct HelpResponse {
  std::string verb;  // empty: all of them
};
struct ByeResponse {};

using Response =
    std::variant<LoggedInResponse, SentResponse, PullResponse, AckedResponse, ReadResponse,
                 UnreadResponse, GroupCreatedResponse, MembershipResponse, GroupsResponse,
                 MembersResponse, PongResponse, HelpResponse, ByeResponse, Error, HistoryResponse,
                 ConversationsResponse, ReceiptsResponse>;

}  // namespace mpim
