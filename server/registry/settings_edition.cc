#include "server/registry/settings_edition.h"

#include <algorithm>
#include <charconv>

namespace mpim {
namespace {

// A line is a line, whatever a name or a value holds.
std::string on_one_line(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

void add_line(std::string& to, std::string_view name, const std::string& value) {
  to += std::string(name) + " = " + on_one_line(value) + "\n";
}

template <class Number>
bool read(std::string_view text, Number& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc{} && end == text.data() + text.size();
}

Error not_ours() { return {Code::kBadRequest, "this is no list of settings as mpimd keeps one"}; }

Result<void> read_value(std::string_view line, SettingsEdition& into) {
  const size_t sign = line.find(" = ");
  if (sign == line.npos) return not_ours();
  const std::string_view name = line.substr(0, sign);
  const std::string value(line.substr(sign + 3));
  if (name.find('.') != name.npos) into.values[std::string(name)] = value;
  if (name == "by") into.by = value;
  if (name == "change") into.change = value;
  if (name == "at" && !read(std::string_view(value), into.at.ms)) return not_ours();
  return {};
}

Result<void> read_line(std::string_view line, SettingsHistory& into) {
  if (line.front() != '[') return into.empty() ? not_ours() : read_value(line, into.back());
  SettingsEdition next;
  const bool whole =
      line.size() > 2 && line.back() == ']' && read(line.substr(1, line.size() - 2), next.version);
  if (!whole || next.version <= newest(into).version || next.version > kVersionMax)
    return not_ours();
  into.push_back(std::move(next));
  return {};
}

}  // namespace

std::string text_of(const SettingsHistory& history) {
  std::string text;
  for (const SettingsEdition& edition : history) {
    text += "[" + std::to_string(edition.version) + "]\n";
    add_line(text, "at", std::to_string(edition.at.ms));
    add_line(text, "by", edition.by);
    add_line(text, "change", edition.change);
    for (const auto& [name, value] : edition.values) add_line(text, name, value);
  }
  return text;
}

Result<SettingsHistory> history_from(std::string_view text) {
  if (text.size() > kHistoryTextMax) return not_ours();
  SettingsHistory history;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) MPIM_CHECKED(read_line(text.substr(0, end), history));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return history;
}

}  // namespace mpim
