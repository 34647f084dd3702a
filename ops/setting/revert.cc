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
  MPIM_TRY(const uint64_t version, parse_number(call.arguments().word(0), UINT64_MAX));
  request.set_version(version);
  return change_settings<v1::RevertSettingsResponse>(call, "RevertSettings", std::move(request));
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
