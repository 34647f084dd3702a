// What a request's target says in percent codes (RFC 3986, 2.1): plain functions of a text, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mpim {

// "a/b" of "a%2Fb"; what is no such code stays as it is, and so does '+'.
std::string percent_decoded(std::string_view text);
// Percent-decoded value of `name` in "a=1&b=2", '+' is a blank; none: it is not there.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace mpim
