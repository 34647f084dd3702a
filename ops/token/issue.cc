#include <array>

#include "ops/token/commands.h"
#include "ops/token/token_columns.h"
#include "ops/user/user_ref.h"
#include "server/contract/mpim/v1/admin.pb.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id", false}});
constexpr auto kFlags = std::to_array<Flag>({
    {"admin", FlagType::kSwitch, {}, "an operator's token, for the admin API over HTTP"},
    {"device", FlagType::kText, "NAME", "the user's device; made if it is missing", "default"},
    {"ttl", FlagType::kDuration, "TIME",
     "how long it lives; else tokens.access_s, and a day for an operator's"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "token issue alice",
    "token issue alice --device phone --ttl 1h",
    "token issue --admin --ttl 12h",
});
constexpr auto kColumns = std::to_array<Column>({{"Token", "token"},
                                                 {"Kind", "kind"},
                                                 {"User", "user", Cell::kUser},
                                                 {"Device", "device"},
                                                 {"Id", "jti"},
                                                 {"Expires", "expiresAtMs", Cell::kTime}});

Result<int> issue(Call& call) {
  const Arguments& arguments = call.arguments();
  const bool for_user = arguments.words().size() == 1;
  if (for_user == arguments.has("admin"))
    return call.usage("say whose token: USER, or --admin for an operator's");
  v1::IssueTokenRequest request;
  request.set_admin(!for_user);
  if (for_user) {
    *request.mutable_user() = user_ref(arguments.word(0));
    request.set_device(arguments.text("device"));
  }
  if (arguments.has("ttl"))
    request.set_ttl_ms(static_cast<uint64_t>(arguments.duration("ttl").count()));
  MPIM_TRY(const auto response, call.ask<v1::IssueTokenResponse>("IssueToken", request));
  Value item = Value::message(response.item());
  item.set("token", Value::text(response.token()));
  call.show_item(std::move(item), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kTokenIssueForm{
    .detail =
        "A user's token is an access token: AUTH, WebSocket and HTTP take it as if the user had\n"
        "logged in. It ends with the device's other tokens. The longest time is\n"
        "tokens.issued_days_max. An operator's token is issued over the admin socket only.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "IssuedToken",
    .run = issue,
};

}  // namespace mpim::ops
