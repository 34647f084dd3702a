#include "client-cli/script/tokens.h"

#include <algorithm>

#include "server/protocol/json_text.h"

namespace mpim::chat {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

// /x/ or /x/i off the front; a slash in it is written \/.
Result<void> take_pattern(std::string_view& rest, Token& token) {
  size_t end = 1;
  while (end < rest.size() && rest[end] != '/') end += rest[end] == '\\' ? 2 : 1;
  if (rest.empty() || rest.front() != '/' || end >= rest.size())
    return Error{Code::kBadRequest, "a pattern is written between slashes: text~=/hel+o/"};
  for (size_t i = 1; i < end; ++i)
    if (rest[i] != '\\' || rest[i + 1] != '/') token.value += rest[i];
  rest.remove_prefix(end + 1);
  token.ignore_case = rest.starts_with('i');
  if (token.ignore_case) rest.remove_prefix(1);
  return {};
}

Result<Token> take_token(std::string_view& rest) {
  Token token;
  const size_t sign = rest.find_first_of("=~ \t\"");
  if (sign != std::string_view::npos && is_key(rest.substr(0, sign))) {
    const bool pattern = rest.substr(sign).starts_with("~=");
    if (pattern || rest[sign] == '=') {
      token.key = rest.substr(0, sign);
      token.sign = pattern ? '~' : '=';
      rest.remove_prefix(sign + (pattern ? 2 : 1));
    }
  }
  if (token.sign == '~') {
    MPIM_CHECKED(take_pattern(rest, token));
  } else if (rest.starts_with('"')) {
    MPIM_TRY(token.value, take_json_string(rest));
  } else {
    token.value = rest.substr(0, rest.find_first_of(kBlanks));
    rest.remove_prefix(token.value.size());
  }
  if (!rest.empty() && kBlanks.find(rest.front()) == std::string_view::npos)
    return Error{Code::kBadRequest, "a blank is missing before '" + std::string(rest) + "'"};
  return token;
}

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view line) {
  std::vector<Token> tokens;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    // `#tea` is a group; a comment is a # with a blank behind it, or the first of a line.
    if (line.empty() || (line.front() == '#' && (tokens.empty() || line.starts_with("# "))))
      return tokens;
    MPIM_TRY(Token token, take_token(line));
    tokens.push_back(std::move(token));
  }
}

}  // namespace mpim::chat
