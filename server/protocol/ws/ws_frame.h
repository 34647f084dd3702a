// The words of a WebSocket frame (RFC 6455, 5.2): opcodes, close codes, masks.
//
// Threads  any: everything here is constant or a function of its arguments.
#pragma once

#include <cstdint>
#include <span>

namespace mpim {

enum class WsOpcode : uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// What a connection is closed with (7.4.1).
enum class WsClose : uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocol = 1002,
  kNotAccepted = 1003,  // binary, where only text is understood
  kNoCode = 1005,       // never sent: the other side gave none
  kBadText = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kTryLater = 1013,
};

// The payload of a control frame, and what of it a close leaves to the reason.
inline constexpr uint32_t kWsControlBytesMax = 125;
inline constexpr uint32_t kWsReasonBytesMax = kWsControlBytesMax - 2;

// Whether a close frame may carry it.
constexpr bool ws_close_code_sendable(uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

// Applies a mask, its four bytes as they lie in the frame, to a part of a payload, and answers it
// turned so that it fits what follows.
uint32_t ws_mask(std::span<char> part, uint32_t mask);

}  // namespace mpim
