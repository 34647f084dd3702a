#include "ops/bench/load/load_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace mpim::ops {
namespace {

constexpr std::string_view kMark = "bench.";
constexpr unsigned kBase = 16;
// The mark, and four hexadecimal numbers of 32, 32, 40 and 64 bits with a dot behind each.
static_assert(LoadText::kBytesMin >= 6 + 9 + 9 + 11 + 17);

bool take_number(std::string_view& rest, uint64_t& number) {
  const auto [end, failed] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number, int{kBase});
  if (failed != std::errc{} || end == rest.data() + rest.size() || *end != '.') return false;
  rest.remove_prefix(static_cast<size_t>(end - rest.data()) + 1);
  return true;
}

}  // namespace

std::string write_load_text(const LoadText& text, uint32_t bytes) {
  std::string written = fmt::format("{}{:x}.{:x}.{:x}.{:x}.", kMark, text.run, text.sender,
                                    text.number, text.due.time_since_epoch().count());
  if (written.size() < bytes) written.append(bytes - written.size(), 'x');
  return written;
}

std::optional<LoadText> read_load_text(std::string_view text) {
  if (!text.starts_with(kMark)) return std::nullopt;
  text.remove_prefix(kMark.size());
  std::array<uint64_t, 4> numbers{};
  for (uint64_t& number : numbers)
    if (!take_number(text, number)) return std::nullopt;
  return LoadText{static_cast<uint32_t>(numbers[0]), static_cast<SenderIndex>(numbers[1]),
                  numbers[2],
                  LoadTime(LoadClock::duration(static_cast<LoadClock::rep>(numbers[3])))};
}

}  // namespace mpim::ops
