#include "client-cli/duration.h"

#include <array>
#include <string>

#include "server/contract/convert.h"

namespace mpim::chat {
namespace {

struct Unit {
  std::string_view name;
  uint32_t ms;
};
constexpr std::array kUnits{Unit{"m", 60'000}, Unit{"ms", 1}, Unit{"s", 1'000}};

}  // namespace

Result<Millis> duration(std::string_view typed) {
  const size_t digits = std::min(typed.find_first_not_of("0123456789"), typed.size());
  for (const Unit& unit : kUnits) {
    if (unit.name != typed.substr(digits)) continue;
    constexpr uint32_t kDayMs = 86'400'000;
    const auto count = parse_count(typed.substr(0, digits), "duration", 0, kDayMs / unit.ms);
    if (!count.ok()) return count.error();
    return Millis(int64_t{*count} * unit.ms);
  }
  return Error{Code::kBadRequest,
               "'" + std::string(typed) + "' is no duration: write 500ms, 2s or 1m"};
}

}  // namespace mpim::chat
