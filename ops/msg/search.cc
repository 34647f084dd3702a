#include <array>

#include "ops/msg/commands.h"
#include "ops/msg/entry_columns.h"
#include "ops/msg/entry_text.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"
#include "server/core/ids.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"QUERY", "words that the messages have, all of them", true, true}});
constexpr auto kFlags = std::to_array<Flag>({
    {"before", FlagType::kNumber, "ID", "go on behind this message of the last answer", "", 0,
     INT64_MAX},
    {"conv", FlagType::kNumber, "CONVERSATION", "only in this conversation", "", 0,
     (uint64_t{1} << 33) - 1},
    {"limit", FlagType::kNumber, "COUNT", "at most so many messages", "20", 0, kPageMax, 1},
    {"since", FlagType::kNumber, "MS", "sent at this time or later, in milliseconds since 1970", "",
     0, INT64_MAX},
    {"until", FlagType::kNumber, "MS", "sent before this time, in milliseconds since 1970", "", 0,
     INT64_MAX},
    {"user", FlagType::kText, "USER", "as this user sees it (needed)"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "msg search --user alice invoice",
    "msg search --user alice \"会议 invoi*\" --since 1767225600000 --limit 100",
});

Result<v1::SearchMessagesRequest> search_typed(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("user")) return call.usage("`--user` is missing: whose messages?");
  const MessageId before(arguments.number("before"));
  if (arguments.has("conv") && arguments.has("before") &&
      before.conversation().value != arguments.number("conv"))
    return call.usage("message " + arguments.text("before") + " is of another conversation than " +
                      arguments.text("conv"));
  v1::SearchMessagesRequest request;
  *request.mutable_user() = user_ref(arguments.text("user"));
  std::string query;
  for (const std::string& word : arguments.words()) (query += query.empty() ? "" : " ") += word;
  request.set_query(query);
  request.set_conversation(arguments.number("conv"));
  request.set_since_ms(static_cast<int64_t>(arguments.number("since")));
  request.set_until_ms(static_cast<int64_t>(arguments.number("until")));
  request.set_before(arguments.number("before"));
  request.set_limit(static_cast<uint32_t>(arguments.number("limit")));
  return request;
}

Result<int> search_messages(Call& call) {
  MPIM_TRY(const v1::SearchMessagesRequest request, search_typed(call));
  MPIM_TRY(const auto response, call.ask<v1::SearchMessagesResponse>("SearchMessages", request));
  std::vector<std::string> warnings;
  if (response.more())
    warnings.push_back("there is more: go on with --before " + std::to_string(response.next()) +
                       ", or raise --limit");
  if (!response.complete())
    warnings.emplace_back("the index lags (mpimctl msg index): older messages may be missing");
  call.show_list(with_texts(call, Value::message(response).at("entries").items()), kEntryColumns,
                 std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kMsgSearchForm{
    .detail =
        "Newest first. A word that ends in * is the beginning of a word; in Chinese, Japanese, "
        "Korean and Thai any part of a text is found.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "EntryList",
    .run = search_messages,
};

}  // namespace mpim::ops
