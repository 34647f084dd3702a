#include <array>

#include "ops/config/commands.h"
#include "ops/config/settings_place.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kReveal});
constexpr auto kExamples = std::to_array<std::string_view>({"config show", "config show -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"SETTING", "name"},
    {"VALUE", "value"},
    {"LIVE", "live"},
    {"MEANING", "help"},
});

Result<int> show_settings(Call& call) {
  MPIM_TRY(const Settings settings, call.settings());
  const bool reveal = call.arguments().has("reveal");
  Value::List items;
  for (const SettingRow& row : all_settings()) {
    MPIM_TRY(const std::string value, get_setting(settings, row.name));
    items.push_back(Value::object({{"name", Value::text(row.name)},
                                   {"value", Value::text(reveal ? value : without_password(value))},
                                   {"live", Value::flag(row.live)},
                                   {"help", Value::text(row.help)}}));
  }
  call.show_list(std::move(items), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kConfigShowForm{
    .detail =
        "As a node started here would have them: the file, then MPIM_* variables, then flags. "
        "What\n"
        "is live may be changed for all nodes of a cluster while they run: `mpimctl setting set`.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SettingList",
    .run = show_settings,
};

}  // namespace mpim::ops
