#include <array>

#include "ops/msg/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"TEXT", "the message, as one word of the shell"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"client-id", FlagType::kText, "ID", "makes a retry safe: the same id is stored once"},
    {"from", FlagType::kText, "USER", "who sends it (needed)"},
    {"group", FlagType::kText, "GROUP", "to this group"},
    {"to", FlagType::kText, "USER", "to this user"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "msg send --from alice --to bob 'see you at noon'",
    "msg send --from alice --group 1001 'hello all' --client-id note-1",
});
constexpr auto kColumns = std::to_array<Column>({
    {"Id", "id"},
    {"Seq", "seq"},
    {"Repeat", "duplicate"},
});

Result<v1::NewMessage> message_typed(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("from")) return call.usage("`--from` is missing: who sends it?");
  if (arguments.has("to") == arguments.has("group"))
    return call.usage("give either `--to` or `--group`");
  v1::NewMessage message;
  *message.mutable_from() = user_ref(arguments.text("from"));
  if (arguments.has("to")) {
    *message.mutable_to() = user_ref(arguments.text("to"));
  } else {
    MPIM_TRY(const uint64_t group, id_typed(call, "group", arguments.text("group")));
    message.set_group(group);
  }
  message.set_text(arguments.word(0));
  message.set_client_id(arguments.text("client-id"));
  return message;
}

Result<int> send_message(Call& call) {
  v1::SendMessagesRequest request;
  MPIM_TRY(*request.add_messages(), message_typed(call));
  MPIM_TRY(const auto response, call.ask<v1::SendMessagesResponse>("SendMessages", request));
  if (response.outcomes_size() != 1)
    return Error{Code::kInternal, "the server did not say what became of the message"};
  const v1::SendOutcome& outcome = response.outcomes(0);
  if (!outcome.code().empty())
    return told_to(call.arguments().text("from"),
                   {code_named(outcome.code()).value_or(Code::kInternal), outcome.message()});
  call.show_item(Value::message(outcome), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kMsgSendForm{
    .detail = "It is stored and delivered like any other message of that user.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SentMessage",
    .run = send_message,
};

}  // namespace mpim::ops
