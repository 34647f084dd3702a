// What holds of the WebSocket reader whatever bytes it is given. For the fuzzer, and for its seeds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpim {

// However the bytes are cut, the events are the same; no message is over its limit; written anew,
// whole and plain, they are read as the same events; and what is compressed of them is shorter and
// inflates to the same. `choice` says how the reader is set up and where the cuts are. Empty: it
// holds; else what does not.
std::string broken_ws_property(std::string_view bytes, size_t choice);

}  // namespace mpim
