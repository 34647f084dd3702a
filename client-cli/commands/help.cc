#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

std::string usage(const SlashCommand& command) {
  return fmt::format("{}{}{}", command.name, command.arguments.empty() ? "" : " ",
                     command.arguments);
}

}  // namespace

void run_help(Repl& repl, std::string_view arguments) {
  const std::string name =
      arguments.starts_with('/') ? std::string(arguments) : "/" + std::string(arguments);
  if (!arguments.empty()) {
    const SlashCommand* const command = find_slash_command(name);
    if (command == nullptr) return repl.tell("there is no " + name + "; /help lists the commands");
    return repl.tell(fmt::format("{}: {}", usage(*command), command->help));
  }
  constexpr size_t kWide = 60;
  const bool wide = repl.columns() >= kWide;
  for (const SlashCommand& command : slash_commands())
    repl.tell(wide ? fmt::format("{:<20} {}", usage(command), command.help) : usage(command));
  repl.tell(
      "text goes to whom you talk to; @bob text and #tea text go elsewhere; //text begins with /");
}

}  // namespace mpim::chat
