#include "server/protocol/json/json_members.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "server/core/check.h"
#include "server/protocol/json_text.h"

namespace mpim {
namespace {

constexpr size_t kKeyBytesMax = 40;
constexpr size_t kDigitsMax = 20;

char* copied(std::string_view text, char* to) { return std::copy(text.begin(), text.end(), to); }

}  // namespace

void JsonMembers::digits(std::string_view key, uint64_t value, std::string_view quote) {
  if (value == 0) return;
  MPIM_CHECK(key.size() <= kKeyBytesMax, "a key is longer than keys are");
  std::array<char, kKeyBytesMax + kDigitsMax + 8> member;
  char* at = member.data();
  *at++ = std::exchange(mark_, ',');
  *at++ = '"';
  at = copied(key, at);
  at = copied("\":", at);
  at = copied(quote, at);
  at = std::to_chars(at, at + kDigitsMax, value).ptr;
  at = copied(quote, at);
  out_.append(member.data(), at);
}

void JsonMembers::id(std::string_view key, uint64_t value) { digits(key, value, "\""); }

void JsonMembers::number(std::string_view key, uint64_t value) { digits(key, value, ""); }

std::string& JsonMembers::value_of(std::string_view key) {
  out_ += std::exchange(mark_, ',');
  out_ += '"';
  out_ += key;
  out_ += "\":";
  return out_;
}

void JsonMembers::text(std::string_view key, std::string_view value) {
  if (!value.empty()) append_json_string(value_of(key), value);
}

void JsonMembers::word(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  value_of(key) += '"';
  out_ += value;
  out_ += '"';
}

void JsonMembers::flag(std::string_view key, bool value) {
  if (value) value_of(key) += "true";
}

void JsonMembers::end() {
  if (mark_ == '{') out_ += '{';
  out_ += '}';
}

}  // namespace mpim
