#include <array>

#include "ops/call.h"
#include "ops/start/commands.h"
#include "ops/start/help_text.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"COMMAND", "a command, or the topic `exit-codes`", false, true},
});
constexpr auto kFlags = std::to_array<Flag>({
    {.name = "json", .help = "the whole command tree as JSON"},
    {.name = "markdown", .help = "the whole reference as Markdown"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "help user add",
    "help exit-codes",
    "help --json",
});

Result<std::string> text_asked(Call& call) {
  const auto& words = call.arguments().words();
  if (call.arguments().has("markdown")) return help_markdown();
  if (words.size() == 1 && words[0] == "exit-codes") return exit_codes_text();
  const auto path = find_command(words);
  if (path) return help_text(*path);
  const bool in_group = words.size() > 1 && find_command(std::span(words).first(1)).ok();
  return call.failing(path.error(), in_group ? "`mpimctl help " + words[0] + "` lists its commands"
                                             : "`mpimctl help` lists the commands");
}

Result<int> show_help(Call& call) {
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(help_tree());
  if (!call.arguments().has("json")) {
    MPIM_TRY(document.text, text_asked(call));
    call.show(document);
  } else {
    call.terminal().out(render(document, Format::kJson, false));
  }
  return kDone;
}

}  // namespace

const CommandForm kHelpForm{
    .detail = {},
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "CommandTree",
    .run = show_help,
};

}  // namespace mpim::ops
