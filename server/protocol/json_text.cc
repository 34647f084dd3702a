#include "server/protocol/json_text.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace mpim {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the first byte is looked for in the low bits");

constexpr uint64_t kOnes = 0x0101'0101'0101'0101;
constexpr uint64_t kTops = 0x8080'8080'8080'8080;

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// Eight bytes at once: a top bit for each byte that is a control character, a quote or a backslash.
// Bits above the first one set may be wrong, the first one never is.
uint64_t special_bytes(uint64_t eight) {
  const uint64_t control = (eight - kOnes * 0x20) & ~eight;
  const uint64_t quote = eight ^ (kOnes * '"');
  const uint64_t backslash = eight ^ (kOnes * '\\');
  return (control | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash)) & kTops;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default: break;
  }
  out += "\\u00";
  out += kHex[static_cast<unsigned char>(c) >> 4];
  out += kHex[static_cast<unsigned char>(c) & 15];
}

void append_utf8(std::string& out, uint32_t point) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      put(0xE0 | (point >> 12));
    } else {
      put(0xF0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3F));
    }
    put(0x80 | ((point >> 6) & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

// Four hexadecimal digits off the front of `in`.
std::optional<uint32_t> take_hex4(std::string_view& in) {
  uint32_t value = 0;
  if (in.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(in.data(), in.data() + 4, value, 16);
  if (error != std::errc{} || end != in.data() + 4) return std::nullopt;
  in.remove_prefix(4);
  return value;
}

Error bad_json(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }
Error half_pair() { return {Code::kBadText, "a \\u escape is half of a surrogate pair"}; }

// What follows "\u"; a pair of surrogates is one code point.
Result<uint32_t> take_code_point(std::string_view& in) {
  const auto first = take_hex4(in);
  if (!first) return bad_json("after \\u four hexadecimal digits are needed");
  if (*first == 0) return Error{Code::kBadText, "the text has a NUL in it"};
  if (*first < 0xD800 || *first > 0xDFFF) return *first;
  if (*first > 0xDBFF || !in.starts_with("\\u")) return half_pair();
  in.remove_prefix(2);
  const auto second = take_hex4(in);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return half_pair();
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

// What follows a backslash.
Result<void> take_escape(std::string_view& in, std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (in.empty()) return bad_json("the quoted text has no closing quote");
  const char name = in.front();
  in.remove_prefix(1);
  if (name == 'u') {
    MPIM_TRY(const uint32_t point, take_code_point(in));
    append_utf8(out, point);
    return {};
  }
  const size_t at = kNames.find(name);
  if (at == std::string_view::npos)
    return bad_json("the quoted text is no JSON string: after \\ comes one of \" \\ / b f n r t u");
  out += kMeanings[at];
  return {};
}

}  // namespace

size_t plain_prefix(std::string_view text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    if (const uint64_t found = special_bytes(eight); found != 0)
      return at + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const size_t plain = plain_prefix(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    append_escaped(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

Result<std::string> take_json_string(std::string_view& in) {
  std::string out;
  in.remove_prefix(1);
  while (true) {
    const size_t plain = plain_prefix(in);
    out.append(in.substr(0, plain));
    in.remove_prefix(plain);
    if (in.empty()) return bad_json("the quoted text has no closing quote");
    const char special = in.front();
    in.remove_prefix(1);
    if (special == '"') return out;
    if (special != '\\')
      return bad_json("a control character in a quoted text must be escaped: \\t, \\u001b");
    MPIM_CHECKED(take_escape(in, out));
  }
}

}  // namespace mpim
