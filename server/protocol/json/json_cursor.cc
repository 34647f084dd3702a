#include "server/protocol/json/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/protocol/json_text.h"

namespace mpim {

std::string_view JsonCursor::since(size_t begin) const {
  std::string_view taken = whole_.substr(begin, at() - begin);
  while (!taken.empty() && is_blank(taken.back())) taken.remove_suffix(1);
  return taken;
}

Result<std::string_view> JsonCursor::take_string(std::string& unescaped) {
  if (next() != '"') return unexpected("a string");
  const size_t plain = 1 + plain_prefix(rest_.substr(1));
  std::string_view text;
  if (plain < rest_.size() && rest_[plain] == '"') {
    text = rest_.substr(1, plain - 1);
    rest_.remove_prefix(plain + 1);
  } else {
    MPIM_TRY(unescaped, take_json_string(rest_));
    text = unescaped;
  }
  skip_blanks();
  return text;
}

Result<void> JsonCursor::skip_string() {
  if (next() != '"') return unexpected("a string");
  size_t at = 1;
  while (true) {
    at += plain_prefix(rest_.substr(std::min(at, rest_.size())));
    if (at >= rest_.size()) return unexpected("a closing quote");
    if (rest_[at] == '"') break;
    if (rest_[at] != '\\') return unexpected("an escape for a control character");
    at += 2;
  }
  rest_.remove_prefix(at + 1);
  skip_blanks();
  return {};
}

size_t JsonCursor::take_digits(size_t at) const {
  while (at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '9') ++at;
  return at;
}

Result<std::string_view> JsonCursor::take_number() {
  const auto is = [&](size_t at, char c) { return at < rest_.size() && rest_[at] == c; };
  size_t end = is(0, '-') ? 1 : 0;
  const size_t whole = end;
  end = is(whole, '0') ? whole + 1 : take_digits(whole);
  if (end == whole) return unexpected("a value");
  if (is(end, '.')) {
    const size_t fraction = end + 1;
    end = take_digits(fraction);
    if (end == fraction) return unexpected("a number with digits behind its point");
  }
  if (is(end, 'e') || is(end, 'E')) {
    const size_t exponent = end + (is(end + 1, '+') || is(end + 1, '-') ? 2 : 1);
    end = take_digits(exponent);
    if (end == exponent) return unexpected("a number with digits in its exponent");
  }
  const std::string_view number = rest_.substr(0, end);
  rest_.remove_prefix(end);
  skip_blanks();
  return number;
}

Result<std::string_view> JsonCursor::take_word() {
  constexpr std::array<std::string_view, 3> kWords{"true", "false", "null"};
  for (const std::string_view word : kWords) {
    if (!rest_.starts_with(word)) continue;
    rest_.remove_prefix(word.size());
    skip_blanks();
    return word;
  }
  return unexpected("a value");
}

Error JsonCursor::unexpected(std::string_view wanted) const {
  return {Code::kBadRequest, fmt::format("no JSON: {} expected at byte {}", wanted, at())};
}

}  // namespace mpim
