// The rows behind settings.h, for the files of this folder: what a row is called, what it accepts,
// and which member of Settings it stands for.
#pragma once

#include "server/config/settings.h"

namespace mpim {

// Finds the member a row stands for.
using TextSlot = std::string& (*)(Settings&);
using NumberSlot = uint32_t& (*)(Settings&);
using FlagSlot = bool& (*)(Settings&);

// A rule for a text that bounds cannot express, and how a sentence names what is wanted.
struct TextRule {
  bool (*holds)(std::string_view text);
  std::string_view wanted;  // "`x` must be <wanted>"
};

// A row of the table with the member it stands for.
struct Setting {
  SettingRow row;
  std::variant<TextSlot, NumberSlot, FlagSlot> slot;
  const TextRule* rule = nullptr;  // texts only
};

std::span<const Setting> settings_table();

// The row of that name, or null.
const Setting* find_setting(std::string_view name);

// kNotFound, with the nearest name there is.
Error unknown_setting(std::string_view name);

// Puts a value of the row's own type into its member. kBadRequest says what the row accepts.
Result<void> assign_setting(const Setting& setting, Settings& to, const SettingValue& value);

// kBadRequest: "`server.workers` must be a number from 0 to 64, not `many`".
Error refused_value(const Setting& setting, std::string_view value);

// As accepted_values() of its row, and what a rule wants of a text.
std::string accepted_values(const Setting& setting);

}  // namespace mpim
