// Large texts at rest: compressed with zstd (RFC 8878).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// Threads  one at a time.
class TextPacker {
 public:
  // Texts of more bytes than that are packed; 0: none are.
  explicit TextPacker(uint64_t over_bytes);
  ~TextPacker();

  // Empty: it is stored as it is, because it is short or packing would not make it shorter.
  std::string pack(std::string_view text);

 private:
  struct Context;
  const uint64_t over_bytes_;
  const std::unique_ptr<Context> context_;
};

// The text of `bytes` bytes that was packed.
// Threads  any.
// Errors   kUnavailable: that is not what was stored.
Result<std::string> unpack_text(std::string_view packed, uint64_t bytes);

}  // namespace mpim
