#include "server/protocol/line_fields.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "server/core/check.h"
#include "server/core/cursor.h"
#include "server/protocol/json_text.h"

namespace mpim::line {
namespace {

constexpr size_t kDigitsMax = 20;

}  // namespace

void append_field(std::string& out, std::string_view key, uint64_t value) {
  constexpr size_t kKeyBytesMax = 40;
  std::array<char, kKeyBytesMax + kDigitsMax> field;
  MPIM_CHECK(key.size() <= kKeyBytesMax, "a key is longer than keys are");
  char* const digits = std::copy(key.begin(), key.end(), field.data());
  const auto [end, error] = std::to_chars(digits, digits + kDigitsMax, value);
  out.append(field.data(), end);
}

void append_field(std::string& out, std::string_view key, std::string_view word) {
  out += key;
  out += word;
}

void append_quoted(std::string& out, std::string_view key, std::string_view text) {
  out += key;
  append_json_string(out, text);
}

void append_counted(std::string& out, std::string_view key, uint64_t count) {
  append_field(out, key, count > kCountedMax ? kCountedMax : count);
  if (count > kCountedMax) out += '+';
}

void append_word(std::string& out, std::string_view key, std::string_view word) {
  if (word.starts_with('"')) return append_quoted(out, key, word);
  append_field(out, key, word);
}

void append_sentence(std::string& out, std::string_view sentence) {
  for (const char c : sentence) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
}

}  // namespace mpim::line
