// A person as a slash command names him, and as the wire wants him.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim::chat {

class Repl;

// "1002" or "@bob". kBadRequest for nobody, for a group, and for more than one word.
Result<std::string> whom(Repl& repl, std::string_view typed);
// Asks `verb` about him and tells `done`, with his name for the first {}, when it was granted.
void ask_about(Repl& repl, std::string_view verb, std::string_view typed, std::string_view done);

}  // namespace mpim::chat
