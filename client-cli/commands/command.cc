#include "client-cli/commands/command.h"

#include <algorithm>
#include <array>

#include "server/protocol/nearest.h"

namespace mpim::chat {
namespace {

constexpr std::array kSlashCommands{
    SlashCommand{"/accept", "USER", "say yes to who asks to be your friend", run_accept},
    SlashCommand{"/add", "USER", "ask somebody to be your friend", run_add},
    SlashCommand{"/approve", "[#GROUP] WHOM", "let somebody in who asks to join", run_approve},
    SlashCommand{"/away", "", "be shown as away", run_away},
    SlashCommand{"/back", "", "be shown as online again", run_back},
    SlashCommand{"/block", "USER", "neither of you writes to the other any more", run_block},
    SlashCommand{"/blocks", "", "list whom you blocked", run_blocks},
    SlashCommand{"/conversations", "", "list your conversations, the newest first",
                 run_conversations},
    SlashCommand{"/create", "NAME [ABOUT]", "make a group and talk there", run_create},
    SlashCommand{"/decline", "#GROUP", "do not take an invitation", run_decline},
    SlashCommand{"/delete", "ID", "take a message out of your own sight", run_delete},
    SlashCommand{"/devices", "", "list your devices", run_devices},
    SlashCommand{"/dissolve", "#GROUP", "end a group of yours for good", run_dissolve},
    SlashCommand{"/edit", "[ID] TEXT", "change your last message here, or another", run_edit},
    SlashCommand{"/ext", "JSON TEXT", "send a text here with {...} that programs read", run_ext},
    SlashCommand{"/file", "PATH [TEXT]", "send a file here; \"a path\" with blanks in quotes",
                 run_file},
    SlashCommand{"/friends", "", "list your friends, and who asks or was asked", run_friends},
    SlashCommand{"/groups", "", "list your groups", run_groups},
    SlashCommand{"/help", "[COMMAND]", "this list, or all about one command", run_help},
    SlashCommand{"/history", "[N] [TIME] [before=ID|after=ID] [order=time] [ids]",
                 "show the last N entries here, by default 20; from a time (2h, 2026-01-05) or a "
                 "message on, or before it",
                 run_history},
    SlashCommand{"/info", "[#GROUP]", "look at a group", run_info},
    SlashCommand{"/invite", "[#GROUP] WHOM", "invite somebody into a group", run_invite},
    SlashCommand{"/invites", "", "list your invitations", run_invites},
    SlashCommand{"/join", "#GROUP", "join a group by its number and talk there", run_join},
    SlashCommand{"/json", "", "show what comes as JSON, or as text again", run_json},
    SlashCommand{"/kick", "[#GROUP] WHOM", "remove somebody from a group", run_kick},
    SlashCommand{"/leave", "[#GROUP]", "leave a group, by default this one", run_leave},
    SlashCommand{"/login", "NAME", "log in; the password is asked for", run_login},
    SlashCommand{"/members", "[#GROUP]", "list who is in a group, by default this one",
                 run_members},
    SlashCommand{"/mute", "[#GROUP] WHOM|* [TIME]",
                 "let somebody, or all but admins, not send: 30s, 5m", run_mute},
    SlashCommand{"/notice", "[#GROUP] TEXT", "set what everybody in a group should read",
                 run_notice},
    SlashCommand{"/passwd", "", "choose another password; both are asked for", run_passwd},
    SlashCommand{"/policy", "[#GROUP] open|approval|closed", "set how a group is joined",
                 run_policy},
    SlashCommand{"/profile", "[USER]", "what somebody tells about himself, or you", run_profile},
    SlashCommand{"/quit", "", "end; Ctrl-D does the same", run_quit},
    SlashCommand{"/raw", "[LINE]", "send a line of the protocol, or show all lines", run_raw},
    SlashCommand{"/read", "[all]", "mark this conversation, or all, as read", run_read},
    SlashCommand{"/recall", "[ID]", "take your last message here back, or another", run_recall},
    SlashCommand{"/receipts", "[ID]", "who has received and read your last message here",
                 run_receipts},
    SlashCommand{"/reconnect", "", "drop the connection and connect again", run_reconnect},
    SlashCommand{"/refuse", "[#GROUP] WHOM", "do not let somebody in who asks to join", run_refuse},
    SlashCommand{"/register", "NAME", "make an account; the password is asked for", run_register},
    SlashCommand{"/reject", "USER", "say no to who asks to be your friend", run_reject},
    SlashCommand{"/rename", "[#GROUP] NAME", "give a group another name", run_rename},
    SlashCommand{"/requests", "[#GROUP]", "list who asks to join a group", run_requests},
    SlashCommand{"/revoke", "DEVICE", "log one of your other devices out", run_revoke},
    SlashCommand{"/role", "[#GROUP] WHOM member|admin", "make somebody an admin, or a member again",
                 run_role},
    SlashCommand{"/save", "NUMBER PATH", "fetch a file that was sent, into a new file", run_save},
    SlashCommand{"/search",
                 "WORDS [user=USER|group=#GROUP] [from=USER] [since=TIME] [until=TIME] [before=ID] "
                 "[limit=N]",
                 "find messages that have all these words; begin*", run_search},
    SlashCommand{"/setprofile",
                 "[display=TEXT] [about=TEXT] [avatar=NUMBER] [direct_messages=anyone|friends]",
                 "change what you tell about yourself; \"a text\" with blanks in quotes",
                 run_set_profile},
    SlashCommand{"/to", "WHOM", "talk to bob, @bob, 1002, #1001 or #tea from now on", run_to},
    SlashCommand{"/transfer", "[#GROUP] WHOM", "hand a group of yours over", run_transfer},
    SlashCommand{"/typing", "", "show whom you talk to that you are typing", run_typing},
    SlashCommand{"/unblock", "USER", "let somebody write to you again", run_unblock},
    SlashCommand{"/unfriend", "USER", "end a friendship, or take your request back", run_unfriend},
    SlashCommand{"/unmute", "[#GROUP] WHOM|*", "let somebody, or all, send again", run_unmute},
    SlashCommand{"/unread", "", "count what you have not read", run_unread},
    SlashCommand{"/who", "[#GROUP|off]",
                 "say who is there, here or of your friends, and when it changes", run_who},
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
