// How a session wants to be served: chosen at log-in, per protocol defaults otherwise.
#pragma once

#include <cstdint>

namespace mpim {

// kAuto: the peer's TCP acknowledging the bytes is the acknowledgement. kClient: the client sends
// ACK.
enum class AckMode : uint8_t { kAuto, kClient };
// kAuto: the backlog is pushed after log-in. kManual: it waits for PULL.
enum class SyncMode : uint8_t { kAuto, kManual };

}  // namespace mpim
