// A line of a script as words, key=value and key~=/pattern/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"

namespace mpim::chat {

// `sign`: 0 for a bare word, which is in `value`; '=' or '~' behind a key.
struct Token {
  std::string key;
  char sign = 0;
  std::string value;
  bool ignore_case = false;  // of a pattern: /x/i

  bool is_word(std::string_view word) const { return sign == 0 && value == word; }
};

// Empty for a blank line and for a comment. kBadRequest for a text or pattern that does not end.
Result<std::vector<Token>> tokens_of(std::string_view line);

}  // namespace mpim::chat
