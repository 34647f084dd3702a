// What Tab makes of the word before the cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpim::chat {

// The outcome of Tab: `replacement` takes the place of the last `bytes` bytes before the cursor.
struct Completion {
  size_t bytes = 0;
  std::string replacement;
  std::vector<std::string> choices;  // there is more than one: to be shown
};

// Completes the end of `before_cursor` to one of `candidates`, which are whole words as they are
// typed: "/join", "@bob", "#tea". As far as all that fit agree; a single one is followed by a
// blank, unless a value must follow its `=`.
Completion complete(std::string_view before_cursor, const std::vector<std::string>& candidates);

}  // namespace mpim::chat
