#include "server/protocol/ws/ws_utf8.h"

#include <simdjson.h>

#include <utility>

namespace mpim {
namespace {

// Bytes of whole characters at the front of `text`, which begins with one: all but a last, begun
// one.
size_t whole_prefix(std::string_view text) {
  constexpr size_t kLongest = 4;
  for (size_t back = 1; back < kLongest && back <= text.size(); ++back) {
    const auto byte = static_cast<uint8_t>(text[text.size() - back]);
    if (byte < 0x80) return text.size();
    if (byte < 0xc0) continue;
    const size_t needs = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : kLongest;
    return needs > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

bool Utf8Check::step(uint8_t byte) {
  if (left_ > 0) {
    const bool fits = byte >= std::exchange(low_, 0x80) && byte <= std::exchange(high_, 0xbf);
    --left_;
    return fits;
  }
  if (byte < 0x80) return true;
  if (byte < 0xc2 || byte > 0xf4) return false;
  left_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  if (byte == 0xe0) low_ = 0xa0;   // shorter forms exist
  if (byte == 0xed) high_ = 0x9f;  // surrogates
  if (byte == 0xf0) low_ = 0x90;
  if (byte == 0xf4) high_ = 0x8f;
  return true;
}

bool Utf8Check::take(std::string_view part) {
  while (left_ > 0 && !part.empty()) {
    if (!step(static_cast<uint8_t>(part.front()))) return false;
    part.remove_prefix(1);
  }
  const size_t whole = whole_prefix(part);
  if (!simdjson::validate_utf8(part.data(), whole)) return false;
  for (const char c : part.substr(whole))
    if (!step(static_cast<uint8_t>(c))) return false;
  return true;
}

}  // namespace mpim
