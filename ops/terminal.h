// The three streams: results on stdout, everything else on stderr, questions only where a person
// is.
//
// Threads  one.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim::ops {

enum class Colour : uint8_t { kAuto, kAlways, kNever };

// What a command may do to the terminal. Colour, bars and questions need a terminal whatever was
// chosen: no escape byte ever reaches a pipe.
class Terminal {
 public:
  struct Choices {
    Colour colour = Colour::kAuto;  // kAlways: also with NO_COLOR or TERM=dumb
    bool no_input = false;
    bool no_progress = false;
  };
  Terminal() : Terminal(Choices{}) {}
  explicit Terminal(Choices choices);

  bool colours_out() const { return colours_out_; }
  bool shows_progress() const { return shows_progress_; }
  bool can_ask() const { return can_ask_; }

  void out(std::string_view text);   // as it is
  void note(std::string_view line);  // on stderr, with its line end
  std::string bold_out(std::string_view text) const;

  // Asks on stderr and reads a line. kBadRequest where nobody can be asked: ask can_ask() first to
  // say which flag is missing. An answer other than y or yes is no.
  Result<bool> confirm(std::string_view question);
  // Reads a line that is not shown. Ctrl-C ends the program with the terminal as it was.
  Result<std::string> secret(std::string_view prompt);

  // False when something could not be written: a full disk must not look like success.
  bool flush();

 private:
  bool colours_out_ = false;
  bool shows_progress_ = false;
  bool can_ask_ = false;
};

}  // namespace mpim::ops
