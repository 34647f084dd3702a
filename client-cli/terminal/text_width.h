// How much room a text takes on a screen, and what of it may be put there at all.
//
// Threads  any: everything here is a function of its arguments. Texts are UTF-8; what is not is
//          shown as U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpim::chat {

// Columns on a terminal: Chinese and emoji take two, combining marks none.
size_t columns_of(std::string_view text);

// The end of what a person calls one character (a grapheme) that begins at `at`; at the end, the
// end.
size_t next_character(std::string_view text, size_t at);
// The beginning of the character before `at`; 0 at the beginning.
size_t previous_character(std::string_view text, size_t at);

// As much of the front of `text` as fits in `columns`.
std::string_view front_within(std::string_view text, size_t columns);
// The same, ended by `mark` if anything had to go.
std::string shortened(std::string_view text, size_t columns, std::string_view mark);

// Lines of at most `columns`, broken at blanks where there are any. Colours (ESC [ .. m) take no
// room.
std::string wrapped(std::string_view text, size_t columns);

// `text` for a screen: control characters, escape sequences and marks that turn the direction of
// writing become visible and do nothing. A line feed becomes `line_feed`.
std::string harmless(std::string_view text, std::string_view line_feed);

}  // namespace mpim::chat
