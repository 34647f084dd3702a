#include <array>

#include "ops/friend/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"USER", "name or id"}, {"OTHER", "name or id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"friend remove alice bob"});
constexpr auto kColumns = std::to_array<Column>(
    {{"ID", "user.id", Cell::kNumber}, {"NAME", "user.name"}, {"STATE", "state"}});

Result<int> run(Call& call) {
  v1::ChangeFriendRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  *request.mutable_other() = user_ref(call.arguments().word(1));
  request.set_remove(true);
  const auto response = call.ask<v1::ChangeFriendResponse>("ChangeFriend", request);
  if (!response) return told_to(call.arguments().word(0), response.error());
  call.show_item(Value::message(*response).at("friend"), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kFriendRemoveForm{
    .detail = "Both are told; either may ask again.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Friend",
    .run = run,
};

}  // namespace mpim::ops
