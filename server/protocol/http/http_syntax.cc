#include "server/protocol/http/http_syntax.h"

#include <algorithm>
#include <charconv>

namespace mpim {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Where the element ends that `list` begins with.
size_t element_bytes(std::string_view list, char separator) {
  bool quoted = false;
  for (size_t i = 0; i < list.size(); ++i) {
    if (quoted && list[i] == '\\')
      ++i;
    else if (list[i] == '"')
      quoted = !quoted;
    else if (!quoted && list[i] == separator)
      return i;
  }
  return list.size();
}

}  // namespace

bool is_http_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != kOthers.npos;
  });
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool same_but_for_case(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, lower, lower);
}

std::string_view http_trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string media_type(std::string_view value) {
  return ascii_lower(http_trimmed(value.substr(0, value.find(';'))));
}

std::optional<uint64_t> http_number(std::string_view text, int base) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value, base);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<std::string_view> take_list_element(std::string_view& list, char separator) {
  while (!list.empty()) {
    const size_t bytes = element_bytes(list, separator);
    const std::string_view element = http_trimmed(list.substr(0, bytes));
    list.remove_prefix(std::min(list.size(), bytes + 1));
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

bool list_has(std::string_view list, std::string_view word) {
  while (const std::optional<std::string_view> element = take_list_element(list))
    if (same_but_for_case(*element, word)) return true;
  return false;
}

}  // namespace mpim
