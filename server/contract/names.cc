#include "server/contract/names.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "server/core/limits.h"

namespace mpim {
namespace {

constexpr size_t kShownBytes = 32;

Error bad(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }
Error bad_text(std::string_view what) {
  return {Code::kBadText, fmt::format("{} is not valid UTF-8, or has a NUL in it", what)};
}

bool is_ascii(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_plain_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// Calls `visit` with each code point of valid UTF-8 until it answers false; false if it did.
template <class Visit>
bool each_code_point(std::string_view text, Visit visit) {
  auto at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t taken = utf8proc_iterate(at, left, &point);
    if (taken <= 0 || !visit(point)) return false;
    at += taken;
    left -= taken;
  }
  return true;
}

// Valid UTF-8 without NUL in, the same out; empty if utf8proc refuses it.
std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &made, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(made, &std::free);
  if (length < 0) return {};
  return {reinterpret_cast<const char*>(made), static_cast<size_t>(length)};
}

enum class NameChar : uint8_t { kLetter, kDigit, kMark, kSign, kRefused };

NameChar name_char(utf8proc_int32_t point) {
  if (point == '.' || point == '_' || point == '-') return NameChar::kSign;
  if (utf8proc_get_property(point)->ignorable) return NameChar::kRefused;  // nobody sees it
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return NameChar::kLetter;
    case UTF8PROC_CATEGORY_ND: return NameChar::kDigit;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC: return NameChar::kMark;
    default: return NameChar::kRefused;
  }
}

// Many scripts write vowels as marks, so marks count as letters, but cannot stand first; nor can a
// sign: "-name" looks like a flag.
bool is_name(std::string_view text, bool& only_digits) {
  only_digits = true;
  bool first = true;
  return each_code_point(text, [&](utf8proc_int32_t point) {
    const NameChar kind = name_char(point);
    if (kind != NameChar::kDigit) only_digits = false;
    const bool begins = kind == NameChar::kLetter || kind == NameChar::kDigit;
    const bool allowed = kind != NameChar::kRefused && (begins || !first);
    first = false;
    return allowed;
  });
}

UserName normalized(std::string_view typed) {
  if (!is_ascii(typed))
    return {
        mapped(typed, UTF8PROC_STABLE | UTF8PROC_COMPOSE),
        mapped(typed, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD)};
  UserName name{std::string(typed), std::string(typed)};
  for (char& c : name.key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

bool is_one_line(std::string_view text) {
  return each_code_point(text, [](utf8proc_int32_t point) {
    const utf8proc_category_t category = utf8proc_category(point);
    return category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_ZL &&
           category != UTF8PROC_CATEGORY_ZP;
  });
}

bool is_blank(std::string_view text) {
  return each_code_point(text, [](utf8proc_int32_t point) {
    return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS;
  });
}

Result<std::string> one_line(std::string_view typed, std::string_view what, size_t bytes_max) {
  if (!is_text(typed)) return bad_text(what);
  if (typed.size() > bytes_max)
    return bad(fmt::format("{} is {} bytes; the limit is {}", what, typed.size(), bytes_max));
  if (!is_one_line(typed)) return bad(fmt::format("{} has a control character in it", what));
  return std::string(typed);
}

}  // namespace

bool is_text(std::string_view bytes) {
  if (bytes.empty()) return true;
  return std::memchr(bytes.data(), 0, bytes.size()) == nullptr &&
         simdjson::validate_utf8(bytes.data(), bytes.size());
}

Result<UserName> user_name(std::string_view typed) {
  if (!is_text(typed)) return bad_text("the name");
  if (typed.empty()) return bad("a name is missing");
  // Composing shrinks a name to a quarter at most: what is longer is refused unread.
  if (typed.size() > 4 * kNameBytes)
    return bad(fmt::format("a name has at most {} bytes", kNameBytes));
  UserName name = normalized(typed);
  if (name.shown.size() > kNameBytes)
    return bad(fmt::format("name '{}' is {} bytes; the limit is {}", shown(name.shown),
                           name.shown.size(), kNameBytes));
  bool only_digits = false;
  bool key_digits = false;  // some letters fold to signs, and some to more than one character
  if (!is_name(name.shown, only_digits) || !is_name(name.key, key_digits))
    return bad(
        fmt::format("name '{}' may hold letters, digits, '.', '_' and '-' only, and begin with a "
                    "letter or digit",
                    shown(typed)));
  if (only_digits || key_digits)
    return bad(fmt::format("name '{}' has only digits: it would look like an id", shown(typed)));
  return name;
}

Result<DeviceName> device_name(std::string_view typed) {
  if (typed.empty() || typed.size() > kNameBytes || !std::ranges::all_of(typed, is_plain_name_char))
    return bad(
        fmt::format("device '{}' is not 1 to {} of A-Z a-z 0-9 . _ -", shown(typed), kNameBytes));
  return DeviceName{std::string(typed)};
}

Result<std::string> client_id(std::string_view typed) {
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  if (typed.empty() || typed.size() > kClientIdBytes || !std::ranges::all_of(typed, printable))
    return bad(
        fmt::format("client id '{}' is not 1 to {} printable ASCII characters without spaces",
                    shown(typed), kClientIdBytes));
  return std::string(typed);
}

Result<std::string> group_name(std::string_view typed) {
  auto name = one_line(typed, "the group's name", kGroupNameBytes);
  if (name.ok() && is_blank(typed)) return bad("the group's name is empty");
  return name;
}

Result<std::string> display_name(std::string_view typed) {
  return one_line(typed, "the display name", kGroupNameBytes);
}

Result<std::string> description(std::string_view typed) {
  return one_line(typed, "the description", kDescriptionBytes);
}

Result<std::string> group_notice(std::string_view typed) {
  if (!is_text(typed)) return bad_text("the notice");
  if (typed.size() > kNoticeBytes)
    return Error{Code::kTooLarge, fmt::format("the notice is {} bytes; the limit is {}",
                                              typed.size(), kNoticeBytes)};
  return std::string(typed);
}

Result<std::string> password(std::string typed) {
  if (!is_text(typed)) return bad_text("the password");
  if (typed.empty()) return bad("the password is empty");
  if (typed.size() > kPasswordBytes.standard)
    return Error{Code::kTooLarge, fmt::format("the password is {} bytes; the limit is {}",
                                              typed.size(), kPasswordBytes.standard)};
  return typed;
}

Result<std::string> text_body(std::string text, uint64_t bytes_max) {
  if (text.empty()) return bad("the text is empty");
  if (text.size() > bytes_max)
    return Error{Code::kTooLarge,
                 fmt::format("text is {} bytes; the limit is {} (message.text_bytes_max)",
                             text.size(), bytes_max)};
  if (!is_text(text)) return bad_text("the text");
  return text;
}

Result<std::string> ext_json(std::string_view typed, uint64_t bytes_max) {
  constexpr size_t kDepth = 32;
  if (!is_text(typed)) return bad_text("ext=");
  if (typed.size() > bytes_max)
    return Error{Code::kTooLarge, fmt::format("ext= is {} bytes; the limit is {} "
                                              "(message.ext_bytes_max)",
                                              typed.size(), bytes_max)};
  simdjson::dom::parser parser;
  const bool room = parser.allocate(typed.size() + 1, kDepth) == simdjson::SUCCESS;
  simdjson::dom::element root;
  if (!room || parser.parse(simdjson::padded_string(typed)).get(root) != simdjson::SUCCESS ||
      !root.is_object())
    return bad(
        fmt::format("ext='{}' is not a JSON object of at most {} levels", shown(typed), kDepth));
  return std::string(typed);
}

std::string shown(std::string_view typed) {
  size_t end = std::min(typed.size(), kShownBytes);
  const auto inside = [&](size_t at) {
    return (static_cast<unsigned char>(typed[at]) & 0xC0) == 0x80;
  };
  while (end > 0 && end < typed.size() && inside(end)) --end;
  std::string out(typed.substr(0, end));
  if (!is_text(out)) return "?";
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  if (end < typed.size()) out += "...";
  return out;
}

}  // namespace mpim
