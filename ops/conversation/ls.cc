#include <array>

#include "ops/conversation/commands.h"
#include "ops/msg/entry_text.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"before", FlagType::kNumber, "ID", "go on below the conversation with this last message", "",
     0, INT64_MAX},
    {"limit", FlagType::kNumber, "COUNT", "at most so many lines", "100", 0, kPageMax, 1},
});
constexpr auto kExamples = std::to_array<std::string_view>({"conversation ls alice"});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"WITH", "name"},
    {"GROUP", "group", Cell::kNumber},
    {"MEMBER", "member"},
    {"UNREAD", "unread", Cell::kNumber},
    {"AT", "atMs", Cell::kTime},
    {"FROM", "last.from", Cell::kUser},
    {"TEXT", "shown"},
});

Result<int> list_conversations(Call& call) {
  v1::ListConversationsRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  request.set_before(call.arguments().number("before"));
  request.set_limit(static_cast<uint32_t>(call.arguments().number("limit")));
  MPIM_TRY(const auto response,
           call.ask<v1::ListConversationsResponse>("ListConversations", request));
  std::vector<std::string> warnings;
  if (response.more())
    warnings.push_back("there is more: go on with --before " +
                       std::to_string(response.conversations().rbegin()->last().id()) +
                       ", or raise --limit");
  Value::List items;
  for (const v1::Conversation& one : response.conversations()) {
    const Value item = Value::message(one);
    items.push_back(with_text(call, item, item.at("last")));
  }
  call.show_list(std::move(items), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kConversationLsForm{
    .detail = "As that user sees them.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "ConversationList",
    .run = list_conversations,
};

}  // namespace mpim::ops
