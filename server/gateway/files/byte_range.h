// Which part of a file a client asks for (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mpim {

struct ByteRange {
  uint64_t from = 0;
  uint64_t length = 0;
  bool partial = false;     // it was asked for, and is a part
  bool satisfiable = true;  // false: it lies behind the end
};

// What a Range header asks of `bytes`. No header, one that is not understood, or several ranges at
// once ask for everything: a server may leave them aside.
ByteRange byte_range(std::string_view header, uint64_t bytes);

}  // namespace mpim
