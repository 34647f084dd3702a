// The small words of HTTP's grammar (RFC 9110, 5.6): plain functions of a text, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpim {

// A name of a method, a header, a parameter: one visible character or more, no separators.
bool is_http_token(std::string_view text);
// Letters of ASCII alone become small.
std::string ascii_lower(std::string_view text);
bool same_but_for_case(std::string_view one, std::string_view other);
// Without blanks and tabs at both ends.
std::string_view http_trimmed(std::string_view text);
// "application/json" of "Application/JSON; charset=utf-8": small, without parameters.
std::string media_type(std::string_view value);
// All of `text` is digits, and the number fits; none: it is not so. No sign, no blank, no "0x".
std::optional<uint64_t> http_number(std::string_view text, int base = 10);
// The next element of a comma-separated list, trimmed and taken off `list`; quoted commas do not
// count. Empty elements are left out, as the RFC wants; none: the list is at its end.
std::optional<std::string_view> take_list_element(std::string_view& list, char separator = ',');
// "keep-alive, Upgrade" has "upgrade".
bool list_has(std::string_view list, std::string_view word);

}  // namespace mpim
