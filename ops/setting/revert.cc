#include <array>

#include "ops/setting/commands.h"
#include "ops/setting/setting_change.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"VERSION", "of `mpimctl setting history`; 0: none is set"}});
constexpr auto kFlags = std::to_array<Flag>({kDryRun, kIfVersion});
constexpr auto kExamples =
    std::to_array<std::string_view>({"setting revert 3", "setting revert 0 --dry-run"});

Result<int> revert_settings(Call& call) {
  v1::RevertSettingsRequest request;
  const auto version = parse_number(call.arguments().word(0), UINT64_MAX);
  if (!version.ok()) return call.usage(version.error().message);
  request.set_version(*version);
  auto done =
      change_settings<v1::RevertSettingsResponse>(call, "RevertSettings", std::move(request));
  if (!done.ok() && done.error().code == Code::kNotFound)
    return call.failing(done.error(), "`mpimctl setting history` lists those that are");
  return done;
}

}  // namespace

const CommandForm kSettingRevertForm{
    .detail =
        "It is a change like any other, with the next version: going back can be taken back too.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SettingChangeList",
    .run = revert_settings,
};

}  // namespace mpim::ops
