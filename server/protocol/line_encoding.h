// What the line protocol writes. Each function appends whole lines, LF included.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>

#include "server/protocol/codec.h"

namespace mpim::line {

// +OK welcome mpim/0.1.0 protocol=line/1
void encode_greeting(std::string& out);
// The one reply of a request, with the rows of a list behind its first line.
void encode(const Response& response, std::string& out);
// MSG id=.. from=.. [to=..] [group=..] ts=.. conv=.. seq=.. [type=..] [cid=..] text="..", or, for a
// change, EVENT id=.. conv=.. seq=.. kind=join [group=..] user=<whom> by=<who> ts=..
void encode_entry(const Entry& entry, bool to_sender, std::string& out);
// The same fields behind another word, without LF: a row of a list.
void append_entry(std::string_view word, const Entry& entry, bool to_sender, std::string& out);
// NOTICE kind=gap|pending|closing ..
void encode_notice(const NoticeLine& notice, std::string& out);
// RECEIPT, PRESENCE, TYPING or CHANGE
void encode_signal(const Signal& signal, std::string& out);

}  // namespace mpim::line
