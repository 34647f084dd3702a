// A broken invariant stops the process and says which one: going on would damage somebody's
// messages.
#pragma once

namespace mpim {

// Prints file, line and sentence to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* sentence) noexcept;

}  // namespace mpim

// MPIM_CHECK(cursor <= head, "a cursor may not pass its conversation's head")
#define MPIM_CHECK(condition, sentence)                   \
  do {                                                    \
    if (!(condition)) [[unlikely]]                        \
      ::mpim::check_failed(__FILE__, __LINE__, sentence); \
  } while (false)
