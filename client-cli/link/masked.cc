#include "client-cli/link/masked.h"

#include <algorithm>
#include <cctype>

namespace mpim::chat {
namespace {

bool is_verb(std::string_view line, std::string_view verb) {
  if (line.size() <= verb.size() || line[verb.size()] != ' ') return false;
  return std::ranges::equal(line.substr(0, verb.size()), verb, [](char typed, char upper) {
    return std::toupper(static_cast<unsigned char>(typed)) == upper;
  });
}

// The first `words` words of it, and nothing more.
std::string head(std::string_view line, size_t words) {
  size_t end = 0;
  for (size_t i = 0; i < words; ++i) end = line.find(' ', end == 0 ? 0 : end + 1);
  return std::string(line.substr(0, end)) + " ***";
}

}  // namespace

std::string masked(std::string_view line) {
  if (is_verb(line, "PASSWD")) return "PASSWD ***";
  if (is_verb(line, "AUTH")) return head(line, 1);
  if (is_verb(line, "LOGIN") || is_verb(line, "REGISTER")) return head(line, 2);
  constexpr std::string_view kToken = " token=";
  const size_t at = line.starts_with("+OK") ? line.find(kToken) : std::string_view::npos;
  if (at == std::string_view::npos) return std::string(line);
  const size_t value = at + kToken.size();
  const size_t end = std::min(line.find(' ', value), line.size());
  return std::string(line.substr(0, value)) + "***" + std::string(line.substr(end));
}

}  // namespace mpim::chat
