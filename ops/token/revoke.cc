#include <array>

#include "ops/token/commands.h"
#include "ops/token/token_columns.h"
#include "ops/user/user_ref.h"
#include "server/contract/mpim/v1/admin.pb.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>(
    {{"TOKEN", "of any kind, or an admin token's id; - reads it from stdin", false}});
constexpr auto kFlags = std::to_array<Flag>({
    {"device", FlagType::kText, "NAME", "with --user: only this device's"},
    {"user", FlagType::kText, "USER", "all tokens of this user"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "token revoke -",
    "token revoke --user alice",
    "token revoke --user alice --device phone",
});
constexpr auto kColumns =
    std::to_array<Column>({{"Kind", "kind"}, {"Devices", "devices", Cell::kNumber}});

Result<int> revoke(Call& call) {
  const Arguments& arguments = call.arguments();
  const bool one = arguments.words().size() == 1;
  if (one == arguments.has("user"))
    return call.usage("say what to revoke: either TOKEN or --user USER");
  if (one && arguments.has("device")) return call.usage("`--device` goes with `--user`");
  v1::RevokeTokensRequest request;
  if (one) {
    MPIM_TRY(*request.mutable_token(), token_typed(call, arguments.word(0)));
  } else {
    *request.mutable_user() = user_ref(arguments.text("user"));
    request.set_device(arguments.text("device"));
  }
  MPIM_TRY(const auto response, call.ask<v1::RevokeTokensResponse>("RevokeTokens", request));
  call.show_item(Value::message(response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kTokenRevokeForm{
    .detail =
        "A user's token ends together with all others of its device, and the device's session;\n"
        "the device stays, and may log in with the password. An admin token ends alone.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "TokensRevoked",
    .run = revoke,
};

}  // namespace mpim::ops
