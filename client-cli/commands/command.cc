#include "client-cli/commands/command.h"

#include <algorithm>
#include <array>

#include "server/protocol/nearest.h"

namespace mpim::chat {
namespace {

constexpr std::array kSlashCommands{
    SlashCommand{"/conversations", "", "list your conversations, the newest first",
                 run_conversations},
    SlashCommand{"/create", "NAME [ABOUT]", "make a group and talk there", run_create},
    SlashCommand{"/delete", "ID", "take a message out of your own sight", run_delete},
    SlashCommand{"/edit", "TEXT", "change your last message here", run_edit},
    SlashCommand{"/groups", "", "list your groups", run_groups},
    SlashCommand{"/help", "[COMMAND]", "this list, or all about one command", run_help},
    SlashCommand{"/history", "[N]", "show the last N entries here, by default 20", run_history},
    SlashCommand{"/join", "#GROUP", "join a group by its number and talk there", run_join},
    SlashCommand{"/json", "", "show what comes as JSON, or as text again", run_json},
    SlashCommand{"/leave", "[#GROUP]", "leave a group, by default this one", run_leave},
    SlashCommand{"/login", "NAME", "log in; the password is asked for", run_login},
    SlashCommand{"/members", "[#GROUP]", "list who is in a group, by default this one",
                 run_members},
    SlashCommand{"/quit", "", "end; Ctrl-D does the same", run_quit},
    SlashCommand{"/raw", "[LINE]", "send a line of the protocol, or show all lines", run_raw},
    SlashCommand{"/read", "[all]", "mark this conversation, or all, as read", run_read},
    SlashCommand{"/recall", "[ID]", "take your last message here back, or another", run_recall},
    SlashCommand{"/receipts", "[ID]", "who has received and read your last message here",
                 run_receipts},
    SlashCommand{"/reconnect", "", "drop the connection and connect again", run_reconnect},
    SlashCommand{"/register", "NAME", "make an account; the password is asked for", run_register},
    SlashCommand{"/to", "WHOM", "talk to bob, @bob, 1002, #1001 or #tea from now on", run_to},
    SlashCommand{"/unread", "", "count what you have not read", run_unread},
    SlashCommand{"/who", "[#GROUP]", "the same as /members", run_members},
};
static_assert(std::ranges::is_sorted(kSlashCommands, {}, &SlashCommand::name));

}  // namespace

std::span<const SlashCommand> slash_commands() { return kSlashCommands; }

const SlashCommand* find_slash_command(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(kSlashCommands, name, {}, &SlashCommand::name);
  return found != kSlashCommands.end() && found->name == name ? &*found : nullptr;
}

std::string_view nearest_slash_command(std::string_view name) {
  std::array<std::string_view, kSlashCommands.size()> names;
  std::ranges::transform(kSlashCommands, names.begin(), &SlashCommand::name);
  return nearest(name, names);
}

}  // namespace mpim::chat
