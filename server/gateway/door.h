// Where connections come in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/errors.h"

namespace mpim {

// A listener, and so what its connections speak.
enum class Door : uint8_t { kLine, kWebSocket };

std::string_view name_of(Door door);  // "line", "websocket"
// What somebody is told who is not let in, in the words of the door he came to.
std::string refusal(Door door, const Error& why);

}  // namespace mpim
