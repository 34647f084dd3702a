// A line of the protocol as it may be shown to people and kept in files.
#pragma once

#include <string>
#include <string_view>

namespace mpim::chat {

// Passwords (REGISTER, LOGIN) and resume tokens (AUTH, token=) become ***.
std::string masked(std::string_view line);

}  // namespace mpim::chat
