// How each verb's words are read. verbs.h has the table that names these functions.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadRequest for a wrong arity, option or value; what contract/convert and names answer.
#pragma once

#include "server/protocol/verbs/verbs.h"

namespace mpim::line {

Parsed parse_ack(LineWords& words, const LineLimits& limits);
Parsed parse_auth(LineWords& words, const LineLimits& limits);
Parsed parse_conversations(LineWords& words, const LineLimits& limits);
Parsed parse_create_group(LineWords& words, const LineLimits& limits);
Parsed parse_delete(LineWords& words, const LineLimits& limits);
Parsed parse_edit(LineWords& words, const LineLimits& limits);
Parsed parse_groups(LineWords& words, const LineLimits& limits);
Parsed parse_help(LineWords& words, const LineLimits& limits);
Parsed parse_history(LineWords& words, const LineLimits& limits);
Parsed parse_join_group(LineWords& words, const LineLimits& limits);
Parsed parse_leave_group(LineWords& words, const LineLimits& limits);
Parsed parse_login(LineWords& words, const LineLimits& limits);
Parsed parse_logout(LineWords& words, const LineLimits& limits);
Parsed parse_members(LineWords& words, const LineLimits& limits);
Parsed parse_ping(LineWords& words, const LineLimits& limits);
Parsed parse_pull(LineWords& words, const LineLimits& limits);
Parsed parse_quit(LineWords& words, const LineLimits& limits);
Parsed parse_read(LineWords& words, const LineLimits& limits);
Parsed parse_recall(LineWords& words, const LineLimits& limits);
Parsed parse_receipts(LineWords& words, const LineLimits& limits);
Parsed parse_register(LineWords& words, const LineLimits& limits);
Parsed parse_send(LineWords& words, const LineLimits& limits);
Parsed parse_send_group(LineWords& words, const LineLimits& limits);
Parsed parse_unread(LineWords& words, const LineLimits& limits);

}  // namespace mpim::line
