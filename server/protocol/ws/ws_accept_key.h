// The answer to a client's Sec-WebSocket-Key (RFC 6455, 4.2.2): shows that we read it, and is no
// secret.
//
// Threads  any: functions of their arguments.
#pragma once

#include <string>
#include <string_view>

namespace mpim {

// Base64 of 16 bytes, in its one canonical form.
bool is_ws_key(std::string_view key);
std::string ws_accept_key(std::string_view key);

}  // namespace mpim
