#include <array>

#include "ops/user/commands.h"
#include "ops/user/each_user.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id", true, true}});
constexpr auto kExamples =
    std::to_array<std::string_view>({"user disable bob", "user disable 1001 1002"});

Result<int> disable_users(Call& call) {
  return for_each_user(call, user_columns(), [&](const v1::UserRef& user) -> Result<Value> {
    v1::SetUserDisabledRequest request;
    *request.mutable_user() = user;
    request.set_disabled(true);
    MPIM_TRY(const auto response,
             call.ask<v1::SetUserDisabledResponse>("SetUserDisabled", request));
    return Value::message(response.user());
  });
}

}  // namespace

const CommandForm kUserDisableForm{
    .detail =
        "Their sessions are closed and their messages stay. What is sent to them is refused with\n"
        "DISABLED; what their groups write waits for them.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "UserList",
    .run = disable_users,
};

}  // namespace mpim::ops
