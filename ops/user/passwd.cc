#include <array>

#include "ops/user/commands.h"
#include "ops/user/each_user.h"
#include "ops/user/secrets.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({kPasswordFile, kPasswordStdin});
constexpr auto kExamples = std::to_array<std::string_view>({
    "user passwd alice",
    "user passwd alice --password-file secret.txt",
});

Result<int> set_password(Call& call) {
  const std::string user = call.arguments().word(0);
  MPIM_TRY(const std::string password, new_password(call, user));
  v1::SetPasswordRequest request;
  *request.mutable_user() = user_ref(user);
  request.set_password(password);
  MPIM_TRY(const auto response, call.ask<v1::SetPasswordResponse>("SetPassword", request));
  call.show_item(Value::message(response.user()), user_columns());
  return kDone;
}

}  // namespace

const CommandForm kUserPasswdForm{
    .detail = "Resume tokens of the old password stop working.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "User",
    .run = set_password,
};

}  // namespace mpim::ops
