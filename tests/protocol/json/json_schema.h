// The JSON Schema (draft 2020-12) of the WebSocket door, made from the contract's descriptors and,
// for what is read and written by hand, from a table here.
#pragma once

#include <string>

namespace mpim {

// $defs: request, answer, push, and one for each type and object.
std::string websocket_schema();

}  // namespace mpim
