#include <array>

#include "ops/user/commands.h"
#include "ops/user/each_user.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id", true, true}});
constexpr auto kExamples =
    std::to_array<std::string_view>({"user enable bob", "user enable 1001 1002"});

Result<int> enable_users(Call& call) {
  return for_each_user(call, user_columns(), [&](const v1::UserRef& user) -> Result<Value> {
    v1::SetUserDisabledRequest request;
    *request.mutable_user() = user;
    request.set_disabled(false);
    MPIM_TRY(const auto response,
             call.ask<v1::SetUserDisabledResponse>("SetUserDisabled", request));
    return Value::message(response.user());
  });
}

}  // namespace

const CommandForm kUserEnableForm{
    .detail =
        "What their groups wrote meanwhile waits for them; what was sent to them alone was "
        "refused.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "UserList",
    .run = enable_users,
};

}  // namespace mpim::ops
