#include <array>

#include "ops/msg/commands.h"
#include "ops/msg/entry_columns.h"
#include "ops/msg/entry_text.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"
#include "server/core/ids.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"CONVERSATION", "id; or name it with --group, or --with and --and", false},
});
constexpr auto kFlags = std::to_array<Flag>({
    {"after", FlagType::kNumber, "ID", "what comes after this message", "", 0, INT64_MAX},
    {"and", FlagType::kText, "USER", "the other one of two (needs --with)"},
    {"before", FlagType::kNumber, "ID", "what comes before this message", "", 0, INT64_MAX},
    {"group", FlagType::kText, "GROUP", "what was written in this group"},
    {"limit", FlagType::kNumber, "COUNT", "at most so many entries", "100", 0, kPageMax, 1},
    {"with", FlagType::kText, "USER", "one of two who talk (needs --and)"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "msg history --with alice --and bob",
    "msg history --group 1001 --limit 20",
    "msg history 7 --after 7516192768",
});

Result<v1::ReadHistoryRequest> history_typed(Call& call) {
  const Arguments& arguments = call.arguments();
  if (arguments.has("with") != arguments.has("and"))
    return call.usage("`--with` and `--and` go together: two users talk");
  if (!arguments.words().empty() + arguments.has("group") + arguments.has("with") != 1)
    return call.usage("say which log: CONVERSATION, `--group`, or `--with` and `--and`");
  if (arguments.has("after") && arguments.has("before"))
    return call.usage("`--after` and `--before` exclude each other");
  v1::ReadHistoryRequest request;
  if (!arguments.words().empty()) {
    MPIM_TRY(const uint64_t id, id_typed(call, "conversation", arguments.word(0)));
    request.set_conversation(id);
  } else if (arguments.has("group")) {
    MPIM_TRY(const uint64_t id, id_typed(call, "group", arguments.text("group")));
    request.set_group(id);
  } else {
    *request.mutable_a() = user_ref(arguments.text("with"));
    *request.mutable_b() = user_ref(arguments.text("and"));
  }
  request.set_forwards(arguments.has("after"));
  request.set_bound(arguments.number(arguments.has("after") ? "after" : "before"));
  request.set_limit(static_cast<uint32_t>(arguments.number("limit")));
  return request;
}

Result<int> show_history(Call& call) {
  MPIM_TRY(const v1::ReadHistoryRequest request, history_typed(call));
  MPIM_TRY(const auto response, call.ask<v1::ReadHistoryResponse>("ReadHistory", request));
  if (request.bound() != 0 &&
      MessageId(request.bound()).conversation().value != response.conversation())
    return call.usage("message " + std::to_string(request.bound()) +
                      " is of another conversation: `--before` and `--after` name one of this log");
  std::vector<std::string> warnings;
  if (response.more())
    warnings.push_back("there is more: go on with --" +
                       std::string(request.forwards() ? "after " : "before ") +
                       std::to_string(response.next()) + ", or raise --limit");
  call.show_list(with_texts(call, Value::message(response).at("entries").items()), kHistoryColumns,
                 std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kMsgHistoryForm{
    .detail =
        "The log as it stands, whoever may see it: oldest first, the newest page unless a place "
        "is\n"
        "named. Edited messages have their new text, recalled ones none; what else was done says "
        "to\n"
        "whom.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "EntryList",
    .run = show_history,
};

}  // namespace mpim::ops
