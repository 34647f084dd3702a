#include "server/gateway/files/byte_range.h"

#include <algorithm>
#include <charconv>

namespace mpim {
namespace {

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ByteRange byte_range(std::string_view header, uint64_t bytes) {
  const ByteRange whole{0, bytes};
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return whole;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == header.npos) return whole;
  const std::string_view first = header.substr(0, dash);
  const std::string_view last = header.substr(dash + 1);
  const std::optional<uint64_t> from = number(first);
  const std::optional<uint64_t> to = number(last);
  if (first.empty()) {
    if (!to) return whole;
    const uint64_t length = std::min(*to, bytes);
    return {bytes - length, length, true, length > 0};
  }
  if (!from || (!last.empty() && !to) || (to && *to < *from)) return whole;
  if (*from >= bytes) return {0, 0, true, false};
  const uint64_t end = to ? std::min(*to, bytes - 1) : bytes - 1;
  return {*from, end - *from + 1, true, true};
}

}  // namespace mpim
