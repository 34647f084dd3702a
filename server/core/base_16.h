// Bytes as digits of base 16, where only text can go.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mpim {

std::string in_base_16(std::string_view bytes);  // in lower case
// None when `digits` is no whole number of bytes.
std::optional<std::string> from_base_16(std::string_view digits);

}  // namespace mpim
