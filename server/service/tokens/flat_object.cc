#include "server/service/tokens/flat_object.h"

#include <algorithm>
#include <charconv>

namespace mpim {
namespace {

constexpr size_t kDigitsMax = 15;  // in milliseconds still far from the largest number

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
}

bool take(std::string_view& rest, char wanted) {
  skip_blanks(rest);
  if (!rest.starts_with(wanted)) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<std::string> take_text(std::string_view& rest) {
  if (!take(rest, '"')) return std::nullopt;
  const auto ends = [](char c) { return c == '"' || c == '\\' || c < 0x20 || c > 0x7E; };
  const auto end = std::find_if(rest.begin(), rest.end(), ends);
  if (end == rest.end() || *end != '"') return std::nullopt;
  std::string text(rest.begin(), end);
  rest.remove_prefix(text.size() + 1);
  return text;
}

std::optional<int64_t> take_number(std::string_view& rest) {
  const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits > kDigitsMax || (digits > 1 && rest[0] == '0')) return std::nullopt;
  int64_t number = 0;
  std::from_chars(rest.data(), rest.data() + digits, number);
  rest.remove_prefix(digits);
  return number;
}

}  // namespace

std::optional<FlatObject> FlatObject::read(std::string_view json) {
  FlatObject object;
  if (!take(json, '{')) return std::nullopt;
  if (!take(json, '}')) {
    do {
      std::optional<std::string> name = take_text(json);
      if (!name || !take(json, ':') || object.find(*name) != nullptr ||
          object.fields_.size() == kFieldsMax)
        return std::nullopt;
      skip_blanks(json);
      if (json.starts_with('"')) {
        std::optional<std::string> text = take_text(json);
        if (!text) return std::nullopt;
        object.fields_.emplace_back(std::move(*name), std::move(*text));
      } else {
        const std::optional<int64_t> number = take_number(json);
        if (!number) return std::nullopt;
        object.fields_.emplace_back(std::move(*name), *number);
      }
    } while (take(json, ','));
    if (!take(json, '}')) return std::nullopt;
  }
  skip_blanks(json);
  if (!json.empty()) return std::nullopt;
  return object;
}

const FlatObject::Value* FlatObject::find(std::string_view name) const {
  for (const auto& [known, value] : fields_)
    if (known == name) return &value;
  return nullptr;
}

std::optional<std::string_view> FlatObject::text(std::string_view name) const {
  const Value* const value = find(name);
  if (value == nullptr || !std::holds_alternative<std::string>(*value)) return std::nullopt;
  return std::get<std::string>(*value);
}

std::optional<int64_t> FlatObject::number(std::string_view name) const {
  const Value* const value = find(name);
  if (value == nullptr || !std::holds_alternative<int64_t>(*value)) return std::nullopt;
  return std::get<int64_t>(*value);
}

}  // namespace mpim
