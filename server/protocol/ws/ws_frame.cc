#include "server/protocol/ws/ws_frame.h"

#include <array>
#include <cstring>

namespace mpim {

uint32_t ws_mask(std::span<char> part, uint32_t mask) {
  std::array<char, sizeof mask> key{};
  std::memcpy(key.data(), &mask, sizeof mask);
  const uint64_t twice = uint64_t{mask} << 32 | mask;
  size_t at = 0;
  for (; at + sizeof twice <= part.size(); at += sizeof twice) {
    uint64_t eight = 0;
    std::memcpy(&eight, part.data() + at, sizeof eight);
    eight ^= twice;
    std::memcpy(part.data() + at, &eight, sizeof eight);
  }
  for (; at < part.size(); ++at) part[at] = static_cast<char>(part[at] ^ key[at % key.size()]);
  std::array<char, sizeof mask> turned{};
  for (size_t i = 0; i < key.size(); ++i) turned[i] = key[(part.size() + i) % key.size()];
  std::memcpy(&mask, turned.data(), sizeof mask);
  return mask;
}

}  // namespace mpim
