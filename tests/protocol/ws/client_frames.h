// A WebSocket client's frames, right and wrong, and what a server reads from them, as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mpim {

inline constexpr uint8_t kFin = 0x80;
inline constexpr uint8_t kRsv1 = 0x40;
inline constexpr uint8_t kMask = 0x80;

// A masked frame in its shortest form; `first` is its first byte: bits and opcode.
std::string client_frame(uint8_t first, std::string_view payload, uint32_t mask = 0x3d21fa37);
inline std::string client_text(std::string_view text) { return client_frame(kFin | 1, text); }
// A code and a reason, as a close carries them.
std::string close_payload(uint16_t code, std::string_view reason = {});

// A message compressed without context, by zlib with nothing of ours between.
std::string deflated(std::string_view plain, int level = 6);

// How the bytes are handed to the reader.
struct Reading {
  uint32_t message_bytes_max = 65'536;
  bool deflate = false;
  size_t cut_seed = 0;  // 0: all at once, else in parts of a length drawn from it; 1: byte by byte
};
// One line an event: "text Hello", "close 1000 bye", "failed 1002 a frame has ...". Other bytes
// than visible ASCII are shown as "\xc3", a payload over 64 bytes by its length and a sum of them.
// What was not taken at the end: "left 3".
std::string events_of(std::string bytes, const Reading& reading = {});

}  // namespace mpim
