#include <array>

#include "ops/setting/commands.h"
#include "ops/setting/setting_change.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"NAME", "such as limits.user_messages_per_s", true, true}});
constexpr auto kFlags = std::to_array<Flag>({kDryRun, kIfVersion});
constexpr auto kExamples =
    std::to_array<std::string_view>({"setting unset limits.user_messages_per_s"});

Result<int> unset_settings(Call& call) {
  v1::ChangeSettingsRequest request;
  for (const std::string& name : call.arguments().words()) request.add_orders()->set_name(name);
  return change_settings<v1::ChangeSettingsResponse>(call, "ChangeSettings", std::move(request));
}

}  // namespace

const CommandForm kSettingUnsetForm{
    .detail = "What its file, environment or flag says. What is not set is no error.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SettingChangeList",
    .run = unset_settings,
};

}  // namespace mpim::ops
