// How each verb's words are read. verbs.h has the table that names these functions.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadRequest for a wrong arity, option or value; what contract/convert and names answer.
#pragma once

#include "server/protocol/verbs/verbs.h"

namespace mpim::line {

Parsed parse_accept(LineWords& words, const LineLimits& limits);
Parsed parse_ack(LineWords& words, const LineLimits& limits);
Parsed parse_add_friend(LineWords& words, const LineLimits& limits);
Parsed parse_approve(LineWords& words, const LineLimits& limits);
Parsed parse_auth(LineWords& words, const LineLimits& limits);
Parsed parse_away(LineWords& words, const LineLimits& limits);
Parsed parse_back(LineWords& words, const LineLimits& limits);
Parsed parse_conversations(LineWords& words, const LineLimits& limits);
Parsed parse_create_group(LineWords& words, const LineLimits& limits);
Parsed parse_delete(LineWords& words, const LineLimits& limits);
Parsed parse_edit(LineWords& words, const LineLimits& limits);
Parsed parse_block(LineWords& words, const LineLimits& limits);
Parsed parse_blocks(LineWords& words, const LineLimits& limits);
Parsed parse_create_group(LineWords& words, const LineLimits& limits);
Parsed parse_devices(LineWords& words, const LineLimits& limits);
Parsed parse_friends(LineWords& words, const LineLimits& limits);
Parsed parse_groups(LineWords& words, const LineLimits& limits);
Parsed parse_help(LineWords& words, const LineLimits& limits);
Parsed parse_history(LineWords& words, const LineLimits& limits);
Parsed parse_decline(LineWords& words, const LineLimits& limits);
Parsed parse_dissolve(LineWords& words, const LineLimits& limits);
Parsed parse_group_info(LineWords& words, const LineLimits& limits);
Parsed parse_group_notice(LineWords& words, const LineLimits& limits);
Parsed parse_group_policy(LineWords& words, const LineLimits& limits);
Parsed parse_groups(LineWords& words, const LineLimits& limits);
Parsed parse_help(LineWords& words, const LineLimits& limits);
Parsed parse_invite(LineWords& words, const LineLimits& limits);
Parsed parse_invites(LineWords& words, const LineLimits& limits);
Parsed parse_join_group(LineWords& words, const LineLimits& limits);
Parsed parse_kick(LineWords& words, const LineLimits& limits);
Parsed parse_leave_group(LineWords& words, const LineLimits& limits);
Parsed parse_login(LineWords& words, const LineLimits& limits);
Parsed parse_logout(LineWords& words, const LineLimits& limits);
Parsed parse_members(LineWords& words, const LineLimits& limits);
Parsed parse_password(LineWords& words, const LineLimits& limits);
Parsed parse_mute(LineWords& words, const LineLimits& limits);
Parsed parse_ping(LineWords& words, const LineLimits& limits);
Parsed parse_presence(LineWords& words, const LineLimits& limits);
Parsed parse_profile(LineWords& words, const LineLimits& limits);
Parsed parse_pull(LineWords& words, const LineLimits& limits);
Parsed parse_quit(LineWords& words, const LineLimits& limits);
Parsed parse_read(LineWords& words, const LineLimits& limits);
Parsed parse_recall(LineWords& words, const LineLimits& limits);
Parsed parse_receipts(LineWords& words, const LineLimits& limits);
Parsed parse_register(LineWords& words, const LineLimits& limits);
Parsed parse_search(LineWords& words, const LineLimits& limits);
Parsed parse_send(LineWords& words, const LineLimits& limits);
Parsed parse_send_group(LineWords& words, const LineLimits& limits);
Parsed parse_typing(LineWords& words, const LineLimits& limits);
Parsed parse_reject(LineWords& words, const LineLimits& limits);
Parsed parse_remove_friend(LineWords& words, const LineLimits& limits);
Parsed parse_revoke(LineWords& words, const LineLimits& limits);
Parsed parse_send(LineWords& words, const LineLimits& limits);
Parsed parse_send_group(LineWords& words, const LineLimits& limits);
Parsed parse_set_profile(LineWords& words, const LineLimits& limits);
Parsed parse_unblock(LineWords& words, const LineLimits& limits);
Parsed parse_refuse(LineWords& words, const LineLimits& limits);
Parsed parse_register(LineWords& words, const LineLimits& limits);
Parsed parse_rename_group(LineWords& words, const LineLimits& limits);
Parsed parse_requests(LineWords& words, const LineLimits& limits);
Parsed parse_role(LineWords& words, const LineLimits& limits);
Parsed parse_send(LineWords& words, const LineLimits& limits);
Parsed parse_send_group(LineWords& words, const LineLimits& limits);
Parsed parse_transfer(LineWords& words, const LineLimits& limits);
Parsed parse_unmute(LineWords& words, const LineLimits& limits);
Parsed parse_unread(LineWords& words, const LineLimits& limits);
Parsed parse_unwatch(LineWords& words, const LineLimits& limits);
Parsed parse_watch(LineWords& words, const LineLimits& limits);

}  // namespace mpim::line
