// JSON strings, read and written on the hot path: append only, no document in between.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// Appends `text` in double quotes. Control characters are escaped, so one line stays one line.
// `text` is valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Takes a JSON string off the front of `in` (which begins with '"') and answers its text. `in` is
// valid UTF-8. kBadRequest for what is no JSON string; kBadText for a NUL or half a surrogate pair.
Result<std::string> take_json_string(std::string_view& in);

// The number of bytes at the front of `text` that a JSON string holds as they are.
size_t plain_prefix(std::string_view text);

}  // namespace mpim
