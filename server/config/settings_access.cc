// One setting by its name: found, shown and given a value.
#include <algorithm>
#include <charconv>

#include "server/config/settings_table.h"

namespace mpim {
namespace {

std::string_view name_of_setting(const Setting& setting) { return setting.row.name; }

bool among(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const size_t space = choices.find(' ');
    if (choices.substr(0, space) == value) return true;
    choices.remove_prefix(space == choices.npos ? choices.size() : space + 1);
  }
  return false;
}

bool accepts_text(const Setting& setting, std::string_view value) {
  if (setting.row.type == SettingType::kChoice) return among(setting.row.choices, value);
  return value.find('\0') == value.npos && (setting.rule == nullptr || setting.rule->holds(value));
}

std::string text_of(const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<uint64_t>(&value)) return std::to_string(*number);
  return std::get<bool>(value) ? "true" : "false";
}

// The value a person typed, in the row's own type; a text that is no such value stays a text, which
// assign_setting() then refuses.
SettingValue parsed(const Setting& setting, std::string_view typed) {
  if (setting.row.type == SettingType::kFlag && (typed == "true" || typed == "false"))
    return typed == "true";
  uint64_t number = 0;
  const auto [end, failed] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  const bool whole = failed == std::errc{} && end == typed.data() + typed.size();
  if (setting.row.type == SettingType::kNumber && whole) return number;
  return std::string(typed);
}

}  // namespace

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::lower_bound(settings_table(), name, {}, name_of_setting);
  return found != settings_table().end() && found->row.name == name ? &*found : nullptr;
}

Error unknown_setting(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Setting& setting : settings_table()) names.push_back(setting.row.name);
  std::string near = nearest_name(name, names);
  if (near.empty()) {  // the last part alone, as in `workers`
    const auto table = settings_table();
    const auto ends = std::ranges::find_if(table, [&](const Setting& setting) {
      return setting.row.name.substr(setting.row.name.find('.') + 1) == name;
    });
    if (ends != table.end()) near = ends->row.name;
  }
  std::string sentence = "unknown setting `" + std::string(name) + "`";
  if (!near.empty()) sentence += "; did you mean `" + near + "`?";
  return {Code::kNotFound, sentence};
}

const SettingRow* setting_row(std::string_view name) {
  const Setting* const setting = find_setting(name);
  return setting != nullptr ? &setting->row : nullptr;
}

std::string accepted_values(const SettingRow& row) {
  switch (row.type) {
    case SettingType::kNumber:
      return "a number from " + std::to_string(row.min) + " to " + std::to_string(row.max);
    case SettingType::kFlag: return "true or false";
    case SettingType::kChoice: return "one of " + std::string(row.choices);
    case SettingType::kText: break;
  }
  return "a text without NUL";
}

std::string accepted_values(const Setting& setting) {
  return setting.rule != nullptr ? std::string(setting.rule->wanted) : accepted_values(setting.row);
}

Error refused_value(const Setting& setting, std::string_view value) {
  return {Code::kBadRequest, "`" + std::string(setting.row.name) + "` must be " +
                                 accepted_values(setting) + ", not `" +
                                 without_password(std::string(value)) + "`"};
}

Result<void> assign_setting(const Setting& setting, Settings& to, const SettingValue& value) {
  const SettingRow& row = setting.row;
  if (const auto* slot = std::get_if<TextSlot>(&setting.slot)) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !accepts_text(setting, *text))
      return refused_value(setting, text_of(value));
    (*slot)(to) = *text;
  } else if (const auto* number_slot = std::get_if<NumberSlot>(&setting.slot)) {
    const auto* number = std::get_if<uint64_t>(&value);
    if (number == nullptr || *number < row.min || *number > row.max)
      return refused_value(setting, text_of(value));
    (*number_slot)(to) = static_cast<uint32_t>(*number);
  } else {
    const auto* flag = std::get_if<bool>(&value);
    if (flag == nullptr) return refused_value(setting, text_of(value));
    std::get<FlagSlot>(setting.slot)(to) = *flag;
  }
  return {};
}

Result<std::string> get_setting(const Settings& settings, std::string_view name) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) return unknown_setting(name);
  Settings copy = settings;  // a slot gives a member of something that may be written
  const auto shown = [&](auto slot) { return text_of(SettingValue(slot(copy))); };
  return std::visit(shown, setting->slot);
}

Result<void> set_setting(Settings& settings, std::string_view name, std::string_view value) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) return unknown_setting(name);
  return assign_setting(*setting, settings, parsed(*setting, value));
}

std::string without_password(std::string value) {
  const size_t scheme = value.find("://");
  if (scheme == std::string::npos) return value;
  const size_t from = scheme + 3;
  const size_t at = value.rfind('@');  // a password may have one, too
  const size_t colon = value.find(':', from);
  if (at == std::string::npos || colon == std::string::npos || colon > at) return value;
  return value.replace(colon + 1, at - colon - 1, "***");
}

}  // namespace mpim
