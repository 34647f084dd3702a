// The settings that hold for a whole cluster, as they were after each change.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim {

// No list of ours has a version above it, or is a longer text.
inline constexpr uint64_t kVersionMax = uint64_t{1} << 53;
inline constexpr size_t kHistoryTextMax = size_t{1} << 20;  // bytes

// All of them, and who made it so.
struct SettingsEdition {
  uint64_t version = 0;  // 1, 2, 3, ...; 0: nothing was ever set
  Timestamp at;
  std::string by;      // "uid 0"
  std::string change;  // in words: "set limits.user_messages_per_s"
  std::map<std::string, std::string> values;
  bool operator==(const SettingsEdition&) const = default;
};

// Oldest first; the last one holds. Older ones are dropped.
using SettingsHistory = std::vector<SettingsEdition>;

// The edition that holds.
inline SettingsEdition newest(const SettingsHistory& history) {
  return history.empty() ? SettingsEdition{} : history.back();
}

// As a text that people can read, a line for each value:
//   [3]
//   at = 1700000000000
//   by = uid 0
//   change = set limits.user_messages_per_s
//   limits.user_messages_per_s = 5
// Names of settings have a dot. Other lines that it does not know are passed over.
std::string text_of(const SettingsHistory& history);
// kBadRequest: it is no such text.
Result<SettingsHistory> history_from(std::string_view text);

}  // namespace mpim
