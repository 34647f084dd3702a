#include <array>

#include "ops/config/commands.h"
#include "ops/config/settings_place.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"FILE", "else the settings file in use", false},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "config validate",
    "config validate /etc/mpim/mpimd.toml",
});
constexpr auto kColumns = std::to_array<Column>({{"File", "path"}, {"Valid", "valid"}});

Result<int> validate(Call& call) {
  const auto& words = call.arguments().words();
  const std::string path = words.empty() ? settings_place(call) : words[0];
  Settings settings;
  const auto read = read_settings_file(settings, path);
  if (!read)
    return call.failing(read.error(), "`mpimctl config init` writes a file with every setting");
  call.show_item(Value::object({{"path", Value::text(path)}, {"valid", Value::flag(true)}}),
                 kColumns);
  return kDone;
}

}  // namespace

const CommandForm kConfigValidateForm{
    .detail = "An error names file, line and the nearest valid setting.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "SettingsFile",
    .run = validate,
};

}  // namespace mpim::ops
