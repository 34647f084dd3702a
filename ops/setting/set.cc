#include <array>
#include <set>

#include "ops/setting/commands.h"
#include "ops/setting/setting_change.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"NAME=VALUE", "such as limits.user_messages_per_s=5", true, true}});
constexpr auto kFlags = std::to_array<Flag>({kDryRun, kIfVersion});
constexpr auto kExamples = std::to_array<std::string_view>({
    "setting set limits.user_messages_per_s=5 limits.user_messages_burst=10",
    "setting set auth.register_open=false --dry-run",
});

Result<int> set_settings(Call& call) {
  v1::ChangeSettingsRequest request;
  std::set<std::string> named;
  for (const std::string& word : call.arguments().words()) {
    const size_t sign = word.find('=');
    if (sign == std::string::npos)
      return call.usage("`" + word + "` is no NAME=VALUE, such as log.level=debug");
    const std::string name = word.substr(0, sign);
    if (!named.insert(name).second) return call.usage("`" + name + "` is given two values");
    auto& order = *request.add_orders();
    order.set_name(name);
    order.set_value(word.substr(sign + 1));
  }
  return change_settings<v1::ChangeSettingsResponse>(call, "ChangeSettings", std::move(request));
}

}  // namespace

const CommandForm kSettingSetForm{
    .detail =
        "All of them or none, checked by the node that is asked and again by each that follows.\n"
        "They win over every node's own file, environment and flags, and a node that starts or\n"
        "joins later has them too. What a node reads only when it starts is refused.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SettingChangeList",
    .run = set_settings,
};

}  // namespace mpim::ops
