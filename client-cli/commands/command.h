// The slash commands: one table, one file each.
#pragma once

#include <span>
#include <string_view>

namespace mpim::chat {

class Repl;

// `run` gets what stands behind the name, without blanks around it.
struct SlashCommand {
  std::string_view name;  // with its slash
  std::string_view arguments;
  std::string_view help;
  void (*run)(Repl& repl, std::string_view arguments);
};

std::span<const SlashCommand> slash_commands();  // sorted by name
const SlashCommand* find_slash_command(std::string_view name);
// The name that was probably meant; empty when none is near.
std::string_view nearest_slash_command(std::string_view name);

void run_accept(Repl& repl, std::string_view arguments);
void run_add(Repl& repl, std::string_view arguments);
void run_approve(Repl& repl, std::string_view arguments);
void run_away(Repl& repl, std::string_view arguments);
void run_back(Repl& repl, std::string_view arguments);
void run_block(Repl& repl, std::string_view arguments);
void run_blocks(Repl& repl, std::string_view arguments);
void run_conversations(Repl& repl, std::string_view arguments);
void run_create(Repl& repl, std::string_view arguments);
void run_decline(Repl& repl, std::string_view arguments);
void run_delete(Repl& repl, std::string_view arguments);
void run_devices(Repl& repl, std::string_view arguments);
void run_dissolve(Repl& repl, std::string_view arguments);
void run_edit(Repl& repl, std::string_view arguments);
void run_ext(Repl& repl, std::string_view arguments);
void run_file(Repl& repl, std::string_view arguments);
void run_friends(Repl& repl, std::string_view arguments);
void run_groups(Repl& repl, std::string_view arguments);
void run_help(Repl& repl, std::string_view arguments);
void run_history(Repl& repl, std::string_view arguments);
void run_info(Repl& repl, std::string_view arguments);
void run_invite(Repl& repl, std::string_view arguments);
void run_invites(Repl& repl, std::string_view arguments);
void run_join(Repl& repl, std::string_view arguments);
void run_json(Repl& repl, std::string_view arguments);
void run_kick(Repl& repl, std::string_view arguments);
void run_leave(Repl& repl, std::string_view arguments);
void run_login(Repl& repl, std::string_view arguments);
void run_members(Repl& repl, std::string_view arguments);
void run_mute(Repl& repl, std::string_view arguments);
void run_notice(Repl& repl, std::string_view arguments);
void run_passwd(Repl& repl, std::string_view arguments);
void run_policy(Repl& repl, std::string_view arguments);
void run_profile(Repl& repl, std::string_view arguments);
void run_quit(Repl& repl, std::string_view arguments);
void run_raw(Repl& repl, std::string_view arguments);
void run_read(Repl& repl, std::string_view arguments);
void run_recall(Repl& repl, std::string_view arguments);
void run_receipts(Repl& repl, std::string_view arguments);
void run_reconnect(Repl& repl, std::string_view arguments);
void run_refuse(Repl& repl, std::string_view arguments);
void run_register(Repl& repl, std::string_view arguments);
void run_reject(Repl& repl, std::string_view arguments);
void run_rename(Repl& repl, std::string_view arguments);
void run_requests(Repl& repl, std::string_view arguments);
void run_revoke(Repl& repl, std::string_view arguments);
void run_role(Repl& repl, std::string_view arguments);
void run_save(Repl& repl, std::string_view arguments);
void run_search(Repl& repl, std::string_view arguments);
void run_set_profile(Repl& repl, std::string_view arguments);
void run_to(Repl& repl, std::string_view arguments);
void run_transfer(Repl& repl, std::string_view arguments);
void run_typing(Repl& repl, std::string_view arguments);
void run_unblock(Repl& repl, std::string_view arguments);
void run_unfriend(Repl& repl, std::string_view arguments);
void run_unmute(Repl& repl, std::string_view arguments);
void run_unread(Repl& repl, std::string_view arguments);
void run_who(Repl& repl, std::string_view arguments);

}  // namespace mpim::chat
