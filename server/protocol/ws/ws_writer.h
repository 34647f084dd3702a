// Appends a server's WebSocket frames, each a whole message or control frame.
//
// Threads  any: everything here is a function of its arguments, but ws_append_text_deflated(),
//          which uses its thread's compressor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/protocol/ws/ws_deflate.h"
#include "server/protocol/ws/ws_frame.h"

namespace mpim {

// The front of a server's frame, whose payload follows it: two, four or ten bytes.
class WsHead {
 public:
  WsHead(WsOpcode opcode, size_t payload_bytes, bool compressed = false);
  std::string_view bytes() const { return {bytes_.data(), length_}; }

 private:
  std::array<char, 10> bytes_{};
  uint8_t length_ = 2;
};

void ws_append_text(std::string_view payload, std::string& out);
void ws_append_binary(std::string_view payload, std::string& out);

// Compressed when `payload` has over `over_bytes` bytes and is shorter that way; else as it is.
void ws_append_text_deflated(std::string_view payload, WsDeflate agreed, size_t over_bytes,
                             std::string& out);
void ws_append_binary_deflated(std::string_view payload, WsDeflate agreed, size_t over_bytes,
                               std::string& out);

// A payload over 125 bytes is cut.
void ws_append_ping(std::string_view payload, std::string& out);
void ws_append_pong(std::string_view payload, std::string& out);
// `reason` is UTF-8; what has no room is cut off between characters. kNoCode: an empty close.
void ws_append_close(WsClose code, std::string_view reason, std::string& out);

}  // namespace mpim
