#include <array>
#include <filesystem>

#include "ops/config/commands.h"
#include "ops/config/settings_place.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {.name = "force", .help = "replace a file that is there"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "config init",
    "config init --config /etc/mpim/mpimd.toml",
});
constexpr auto kColumns = std::to_array<Column>({{"Written", "path"}});

Result<int> init_settings(Call& call) {
  const std::string path =
      call.arguments().has("config") ? call.arguments().text("config") : "mpimd.toml";
  if (!call.arguments().has("force") && std::filesystem::exists(path))
    return call.failing({Code::kExists, path + " is there already"}, "--force replaces it");
  MPIM_CHECKED(call.write(path, write_settings(Settings{})));
  call.show_item(Value::object({{"path", Value::text(path)}}), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kConfigInitForm{
    .detail =
        "Every setting is in it with its help, bounds and default. Without --config it is\n"
        "./mpimd.toml.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SettingsFile",
    .run = init_settings,
};

}  // namespace mpim::ops
