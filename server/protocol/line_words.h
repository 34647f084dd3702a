// A request line, read word by word.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// Words are separated by blanks (spaces and tabs); how many does not matter.
// Lifetime the line must outlive it.
class LineWords {
 public:
  explicit LineWords(std::string_view line) : rest_(line) { skip_blanks(); }

  bool done() const { return rest_.empty(); }
  bool at_quote() const { return !rest_.empty() && rest_.front() == '"'; }

  // Up to the next blank; empty when done.
  std::string_view word();
  // A JSON string if a quote comes next, else a word.
  Result<std::string> word_or_quoted();
  // Takes `key=` off the front; empty, and nothing is taken, when no '=' is in the next word. The
  // value is what word_or_quoted() answers then.
  std::string_view option_key();
  // Everything left, trailing blanks included.
  std::string_view rest();

 private:
  void skip_blanks();

  std::string_view rest_;
};

}  // namespace mpim
