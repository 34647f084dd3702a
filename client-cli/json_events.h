// Everything that happens, as one JSON object a line: the form for programs.
//
// Threads  any: everything here is a function of its arguments.
// Format   ids, seqs and counts that may pass 2^53 are strings. Each object has "event". Fields are
//          added, never renamed.
#pragma once

#include <string>

#include "client-cli/link/link.h"
#include "client-cli/people.h"

namespace mpim::chat {

// {"event":"message","id":..,"conversation":..,"seq":..,"from":..,"from_name":..,"at":..,"text":..}
// "to" and "to_name" when another device of ours sent it. A change of a group has "event":"change"
// and a "kind".
std::string json_entry(const Entry& entry, const People& people);
// {"event":"sent",..} or {"event":"not_sent",..,"code":..}
std::string json_sent(const Outgoing& message, const Result<Stored>& outcome, const People& people);
std::string json_status(const LinkStatus& status, const ServerAddress& server);
std::string json_logged_in(const LoggedIn& who, const std::string& name);
std::string json_gap(ConversationId conversation, uint64_t count, std::string_view why);
// {"event":"error","code":..,"message":..,"hint":..,"retryable":..}
std::string json_error(const Error& error);

}  // namespace mpim::chat
