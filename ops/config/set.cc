#include <array>

#include "ops/config/commands.h"
#include "ops/config/settings_place.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"NAME", "such as server.workers"},
    {"VALUE", "within the bounds that the file names; -: the first line of stdin"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "config set server.workers 4",
    "config set auth.register_open false --config /etc/mpim/mpimd.toml",
    "config set store.url -",
});
constexpr auto kColumns = std::to_array<Column>({
    {"Setting", "name"},
    {"Value", "value"},
    {"File", "path"},
});

// A file with a password in it is its owner's alone.
Readers readers_of(const Settings& settings) {
  for (const std::string& url : {settings.store.url, settings.redis.url, settings.registry.url})
    if (without_password(url) != url) return Readers::kOwner;
  return Readers::kEverybody;
}

// With a password in it, it is no argument: those can be read by everybody on the machine.
Result<std::string> value_given(Call& call) {
  const std::string word = call.arguments().word(1);
  if (word != "-") return word;
  MPIM_TRY(const std::string text, call.input(word));
  return text.substr(0, text.find_first_of("\r\n"));
}

Result<int> set_one(Call& call) {
  const std::string name = call.arguments().word(0);
  MPIM_TRY(const std::string given, value_given(call));
  MPIM_TRY(Settings settings, settings_in_file(call));
  const auto set = set_setting(settings, name, given);
  if (!set) return call.failing(set.error(), "`mpimctl config show` lists the settings");
  const std::string path = settings_place(call);
  MPIM_CHECKED(call.write(path, write_settings(settings), readers_of(settings)));
  MPIM_TRY(const std::string value, get_setting(settings, name));
  call.show_item(Value::object({{"name", Value::text(name)},
                                {"value", Value::text(without_password(value))},
                                {"path", Value::text(path)}}),
                 kColumns);
  return kDone;
}

}  // namespace

const CommandForm kConfigSetForm{
    .detail =
        "The file is written anew with every setting and its help: comments of your own are lost.\n"
        "A running node keeps what it was started with; `mpimctl setting set` changes what is "
        "live.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Setting",
    .run = set_one,
};

}  // namespace mpim::ops
