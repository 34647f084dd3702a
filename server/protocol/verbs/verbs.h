// The verbs of the line protocol: one table says how each is written, explained, read and treated.
//
// Threads  everything here is constant or a function of its arguments.
#pragma once

#include <span>
#include <string_view>

#include "server/protocol/line_words.h"
#include "server/protocol/request.h"

namespace mpim {

struct LineLimits {
  uint32_t line_bytes_max = 65'536;  // one request, without its line end
  uint32_t text_bytes_max = 4'096;   // a message's text, decoded
  uint32_t ext_bytes_max = 4'096;    // the JSON that goes with it
};

// One row of the table.
struct VerbRow {
  std::string_view name;    // "SEND"; the table is sorted by it
  std::string_view usage;   // "SEND <uid>|@<name> <text> [cid=<client id>]"
  std::string_view help;    // in one line
  std::string_view detail;  // lines, separated by LF
  bool needs_session;
  bool may_overlap;  // see may_overlap()
  Parsed (*parse)(LineWords& words, const LineLimits& limits);
};

std::span<const VerbRow> all_verbs();
// In any case; nullptr when there is none.
const VerbRow* find_verb(std::string_view name);
// kUnknownCommand, naming the nearest verb if one is near.
Error unknown_verb(std::string_view typed);

// A direct SendRequest is SEND, one to a group SENDGROUP; an AwayRequest back is BACK.
const VerbRow& row_of(const Request& request);
// Refused with kNotLoggedIn before log-in.
bool needs_session(const Request& request);
// Whether the request may be carried out while earlier ones that may overlap too are unanswered.
// All others are barriers: they wait for what came before, and what comes after waits for them.
bool may_overlap(const Request& request);

// Reads one line without its line end. A kBadRequest names the verb's usage.
Parsed parse_line(std::string_view line, const LineLimits& limits);

}  // namespace mpim
