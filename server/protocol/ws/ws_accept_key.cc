#include "server/protocol/ws/ws_accept_key.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace mpim {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kWebSocketId = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr size_t kBlockBytes = 64;
constexpr size_t kRounds = 80;
using Sum = std::array<uint32_t, 5>;

struct Quarter {
  uint32_t mixed;
  uint32_t added;
};

// RFC 3174, 5: what a round mixes of b, c and d, and its constant.
Quarter quarter_of(size_t round, uint32_t b, uint32_t c, uint32_t d) {
  if (round < 20) return {(b & c) | (~b & d), 0x5a827999};
  if (round < 40) return {b ^ c ^ d, 0x6ed9eba1};
  if (round < 60) return {(b & c) | (b & d) | (c & d), 0x8f1bbcdc};
  return {b ^ c ^ d, 0xca62c1d6};
}

void add_block(std::span<const uint8_t, kBlockBytes> block, Sum& sum) {
  std::array<uint32_t, kRounds> words{};
  for (size_t i = 0; i < kBlockBytes; ++i) words[i / 4] = words[i / 4] << 8 | block[i];
  for (size_t i = 16; i < kRounds; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = sum;
  for (size_t i = 0; i < kRounds; ++i) {
    const auto [mixed, added] = quarter_of(i, b, c, d);
    const uint32_t next = std::rotl(a, 5) + mixed + e + added + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const Sum more{a, b, c, d, e};
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

// SHA-1, which is what the RFC asks for; there is nothing here to keep from anybody.
std::string sha1(std::string text) {
  const uint64_t bits = uint64_t{text.size()} * 8;
  text += '\x80';
  while (text.size() % kBlockBytes != kBlockBytes - sizeof bits) text += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(bits >> shift & 0xff);
  Sum sum{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (size_t at = 0; at < text.size(); at += kBlockBytes) {
    std::array<uint8_t, kBlockBytes> block{};
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), kBlockBytes, block.begin());
    add_block(block, sum);
  }
  std::string out;
  for (const uint32_t word : sum)
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift & 0xff);
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<size_t>(bytes.size(), 3))) {
    uint32_t three = 0;
    for (size_t i = 0; i < 3; ++i)
      three = three << 8 | (i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0U);
    for (size_t i = 0; i < 4; ++i)
      out += i > bytes.size() ? '=' : kBase64[three >> (18 - 6 * i) & 63];
  }
  return out;
}

}  // namespace

bool is_ws_key(std::string_view key) {
  constexpr size_t kLength = 24;
  if (key.size() != kLength || !key.ends_with("==")) return false;
  key.remove_suffix(2);
  const bool letters =
      std::ranges::all_of(key, [](char c) { return kBase64.find(c) != kBase64.npos; });
  // Of the last letter two bits belong to the sixteenth byte.
  return letters && kBase64.find(key.back()) % 16 == 0;
}

std::string ws_accept_key(std::string_view key) {
  return base64(sha1(std::string(key).append(kWebSocketId)));
}

}  // namespace mpim
