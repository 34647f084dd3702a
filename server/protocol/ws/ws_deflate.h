// permessage-deflate (RFC 7692) without context takeover: every message is compressed by itself, so
// that no connection owns a compressor.
//
// Threads  any: each thread has one compressor and one decompressor, made when first used.
// Limits   the caller's, in bytes; a message that inflates to more costs no more than the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpim {

// What was agreed on with a client.
struct WsDeflate {
  // We refer back to at most 2^this bytes. What is larger is sent as it is where this is less than
  // the compressor's own.
  uint8_t window_bits = 15;
};

struct WsDeflateAnswer {
  WsDeflate agreed;
  std::string extension;  // the value of our Sec-WebSocket-Extensions
};

// The first offer of the client's Sec-WebSocket-Extensions that can be taken. One with a parameter
// that is unknown, comes twice or has a value it cannot have is passed over, as are other
// extensions.
std::optional<WsDeflateAnswer> answer_deflate_offers(std::string_view extensions);

enum class Inflated : uint8_t { kWhole, kTooLarge, kBroken };

// Puts what a compressed message says into `out`, which is empty; at most `bytes_max` bytes. Where
// it says more, or is broken, what `out` holds is of no use.
Inflated ws_inflate(std::string_view packed, size_t bytes_max, std::string& out);

// A message compressed, where that makes it shorter; none: send it as it is. Good until the thread
// compresses again.
std::optional<std::string_view> ws_deflate(std::string_view plain, WsDeflate agreed);

}  // namespace mpim
