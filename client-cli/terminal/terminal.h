// The terminal itself: its modes, its size, its bytes.
#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim::chat {

// Whether both ends are a terminal, so that somebody can be asked something.
bool on_terminal();
bool output_is_terminal();
bool notes_are_on_terminal();  // stderr

// Takes the terminal key by key, without echo, and gives it back as it was.
//
// Threads  one, except restore(), which a thread that ends the program may call.
// Lifetime the destructor restores.
class Terminal {
 public:
  // `ansi`: TERM says it understands more than text.
  static Result<Terminal> open(bool ansi);
  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal();

  void write(std::string_view bytes) const;
  // What has been typed; empty at the end of input.
  std::string read() const;
  size_t columns() const;
  void restore();

 private:
  Terminal(termios before, bool ansi) : before_(before), ansi_(ansi) {}

  std::optional<termios> before_;
  bool ansi_;
};

// Asks without echo, on a terminal that no Terminal has taken. kBadRequest where there is none.
Result<std::string> ask_secret(std::string_view question);

}  // namespace mpim::chat
