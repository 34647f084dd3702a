#include <array>

#include "ops/user/commands.h"
#include "ops/user/profile_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"about", FlagType::kText, "TEXT", "what he tells about himself; - takes it away"},
    {"direct-messages", FlagType::kChoice, "anyone friends", "who may write to him"},
    {"display-name", FlagType::kText, "TEXT", "how others see him; - takes it away"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "user set alice --display-name 'Alice L.'",
    "user set alice --direct-messages friends",
});

// A flag cannot be empty.
std::string text_or_none(const std::string& typed) { return typed == "-" ? "" : typed; }

Result<int> set_profile(Call& call) {
  const auto& typed = call.arguments();
  v1::SetProfileRequest request;
  *request.mutable_user() = user_ref(typed.word(0));
  if (typed.has("about")) request.set_about(text_or_none(typed.text("about")));
  if (typed.has("direct-messages")) request.set_direct_messages(typed.text("direct-messages"));
  if (typed.has("display-name")) request.set_display_name(text_or_none(typed.text("display-name")));
  MPIM_TRY(const auto response, call.ask<v1::SetProfileResponse>("SetProfile", request));
  const Value answer = Value::message(response);
  call.show_item(with_profile(answer.at("user"), answer.at("profile")), profile_columns());
  return kDone;
}

}  // namespace

const CommandForm kUserSetForm{
    .detail = "What is not named stays as it is.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "User",
    .run = set_profile,
};

}  // namespace mpim::ops
