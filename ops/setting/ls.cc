#include <array>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/output.h"
#include "ops/setting/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {.name = "set", .help = "only those that are set for the whole cluster"},
});
constexpr auto kExamples = std::to_array<std::string_view>({"setting ls", "setting ls --set"});
constexpr auto kColumns = std::to_array<Column>({
    {"SETTING", "name"},
    {"CLUSTER", "cluster"},
    {"OWN", "own"},
    {"VALUE", "value"},
    {"ACCEPTS", "accepts"},
});

Result<int> list_settings(Call& call) {
  MPIM_TRY(const auto response,
           call.ask<v1::ListSettingsResponse>("ListSettings", v1::ListSettingsRequest()));
  Value::List items;
  for (const v1::LiveSetting& setting : response.settings())
    if (setting.has_cluster() || !call.arguments().has("set"))
      items.push_back(Value::message(setting));
  std::vector<std::string> warnings;
  if (!response.stale().empty())
    warnings.push_back("as the node last heard: " + printable(response.stale()));
  call.terminal().note("version " + std::to_string(response.version()) +
                       (response.by().empty() ? "" : ", by " + printable(response.by())));
  call.show_list(std::move(items), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kSettingLsForm{
    .detail =
        "CLUSTER is what all nodes are told; OWN what the node that is asked has by its file,\n"
        "environment or flag; VALUE what it goes by. The others stand in `mpimctl config show`.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "LiveSettingList",
    .run = list_settings,
};

}  // namespace mpim::ops
