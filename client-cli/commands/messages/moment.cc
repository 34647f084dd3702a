#include "client-cli/commands/messages/moment.h"

#include <time.h>

#include <array>
#include <optional>
#include <string>

#include "server/contract/convert.h"

namespace mpim::chat {
namespace {

struct Unit {
  char name;
  int64_t ms;
};
constexpr std::array kUnits{Unit{'d', 86'400'000}, Unit{'h', 3'600'000}, Unit{'m', 60'000},
                            Unit{'s', 1'000}, Unit{'w', 604'800'000}};

constexpr uint64_t kUnitsMost = 100'000;
// Fewer digits are no time of this century: rather a count that stands in the wrong place.
constexpr size_t kMillisDigits = 12;

std::optional<Timestamp> ago(std::string_view typed, Timestamp now) {
  for (const Unit& unit : kUnits) {
    if (!typed.ends_with(unit.name)) continue;
    const auto count = parse_number(typed.substr(0, typed.size() - 1), "time", 0, kUnitsMost);
    if (count.ok()) return Timestamp{now.ms - static_cast<int64_t>(*count) * unit.ms};
  }
  return std::nullopt;
}

std::optional<Timestamp> on_day(std::string typed) {
  const bool utc = typed.ends_with('Z');
  if (utc) typed.pop_back();
  for (const char* const format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    tm parts{};
    parts.tm_isdst = -1;
    const char* const end = ::strptime(typed.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') continue;
    const int day = parts.tm_mday;
    const time_t seconds = utc ? ::timegm(&parts) : ::mktime(&parts);
    // 30 February would be a day of March.
    if (parts.tm_mday == day) return Timestamp{int64_t{seconds} * 1'000};
  }
  return std::nullopt;
}

}  // namespace

Result<Timestamp> moment(std::string_view typed, Timestamp now) {
  const std::optional<Timestamp> before = ago(typed, now);
  if (before && before->ms > 0) return *before;
  if (typed.size() >= kMillisDigits) {
    const auto ms = parse_number(typed, "time", 1, INT64_MAX);
    if (ms.ok()) return Timestamp{static_cast<int64_t>(*ms)};
  }
  const std::optional<Timestamp> day = on_day(std::string(typed));
  if (day && day->ms > 0) return *day;
  return Error{Code::kBadRequest, "'" + std::string(typed) +
                                      "' is no time: write 2h or 3d, 2026-01-05, or "
                                      "2026-01-05T10:03"};
}

}  // namespace mpim::chat
