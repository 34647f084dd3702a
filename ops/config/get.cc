#include <array>

#include "ops/config/commands.h"
#include "ops/config/settings_place.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"NAME", "such as server.workers"}});
constexpr auto kFlags = std::to_array<Flag>({kReveal});
constexpr auto kExamples = std::to_array<std::string_view>({"config get line.listen"});

Result<int> get_one(Call& call) {
  const std::string name = call.arguments().word(0);
  MPIM_TRY(const Settings settings, call.settings());
  const auto value = get_setting(settings, name);
  if (!value) return call.failing(value.error(), "`mpimctl config show` lists the settings");
  const std::string shown = call.arguments().has("reveal") ? *value : without_password(*value);
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(
      Value::object({{"name", Value::text(name)}, {"value", Value::text(shown)}}));
  document.text = shown + "\n";
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kConfigGetForm{
    .detail =
        "Prints the value alone: the file's, unless an MPIM_* variable or a flag overrides it.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Setting",
    .run = get_one,
};

}  // namespace mpim::ops
