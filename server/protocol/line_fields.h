// The pieces a line is written of: " key=" and a value.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mpim::line {

// `key` comes with its blank and its '=': " id=". At most 40 bytes.
void append_field(std::string& out, std::string_view key, uint64_t value);
void append_field(std::string& out, std::string_view key, std::string_view word);
void append_quoted(std::string& out, std::string_view key, std::string_view text);
// A count that was only counted up to kCountedMax: 1000+.
void append_counted(std::string& out, std::string_view key, uint64_t count);
// A word that begins with a quote would be read as a JSON string: then it is written as one.
void append_word(std::string& out, std::string_view key, std::string_view word);
// Control characters become blanks: a sentence stays one line.
void append_sentence(std::string& out, std::string_view sentence);

}  // namespace mpim::line
