#include "server/protocol/ws/ws_writer.h"

namespace mpim {
namespace {

constexpr uint8_t kFinalBit = 0x80;
constexpr uint8_t kCompressedBit = 0x40;
constexpr size_t kShort = 125;
constexpr char kLength16 = 126;
constexpr char kLength64 = 127;

void append(WsOpcode opcode, std::string_view payload, std::string& out) {
  out.append(WsHead(opcode, payload.size()).bytes()).append(payload);
}

void append_deflated(WsOpcode opcode, std::string_view payload, WsDeflate agreed, size_t over_bytes,
                     std::string& out) {
  if (payload.size() > over_bytes) {
    if (const std::optional<std::string_view> packed = ws_deflate(payload, agreed)) {
      out.append(WsHead(opcode, packed->size(), true).bytes()).append(*packed);
      return;
    }
  }
  append(opcode, payload, out);
}

// At most `bytes_max` bytes of a valid text, no character cut in two.
std::string_view front_of(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  const auto continues = [&](size_t at) { return (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80; };
  while (bytes_max > 0 && continues(bytes_max)) --bytes_max;
  return text.substr(0, bytes_max);
}

}  // namespace

WsHead::WsHead(WsOpcode opcode, size_t payload_bytes, bool compressed) {
  bytes_[0] = static_cast<char>(kFinalBit | (compressed ? kCompressedBit : 0) |
                                static_cast<uint8_t>(opcode));
  if (payload_bytes <= kShort) {
    bytes_[1] = static_cast<char>(payload_bytes);
    return;
  }
  const bool small = payload_bytes <= UINT16_MAX;
  bytes_[1] = small ? kLength16 : kLength64;
  const size_t more = small ? sizeof(uint16_t) : sizeof(uint64_t);
  length_ = static_cast<uint8_t>(length_ + more);
  for (size_t at = length_; at > 2; payload_bytes >>= 8)
    bytes_[--at] = static_cast<char>(payload_bytes & 0xff);
}

void ws_append_text(std::string_view payload, std::string& out) {
  append(WsOpcode::kText, payload, out);
}

void ws_append_binary(std::string_view payload, std::string& out) {
  append(WsOpcode::kBinary, payload, out);
}

void ws_append_text_deflated(std::string_view payload, WsDeflate agreed, size_t over_bytes,
                             std::string& out) {
  append_deflated(WsOpcode::kText, payload, agreed, over_bytes, out);
}

void ws_append_binary_deflated(std::string_view payload, WsDeflate agreed, size_t over_bytes,
                               std::string& out) {
  append_deflated(WsOpcode::kBinary, payload, agreed, over_bytes, out);
}

void ws_append_ping(std::string_view payload, std::string& out) {
  append(WsOpcode::kPing, payload.substr(0, kWsControlBytesMax), out);
}

void ws_append_pong(std::string_view payload, std::string& out) {
  append(WsOpcode::kPong, payload.substr(0, kWsControlBytesMax), out);
}

void ws_append_close(WsClose code, std::string_view reason, std::string& out) {
  if (code == WsClose::kNoCode) return append(WsOpcode::kClose, {}, out);
  const auto number = static_cast<uint16_t>(code);
  reason = front_of(reason, kWsReasonBytesMax);
  out.append(WsHead(WsOpcode::kClose, sizeof number + reason.size()).bytes());
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number & 0xff);
  out.append(reason);
}

}  // namespace mpim
