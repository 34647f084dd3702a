#include "client-cli/repl/candidates.h"

#include <algorithm>

namespace mpim::chat {
namespace {

bool is_small(std::string_view word) {
  return !word.empty() && word.front() >= 'a' && word.front() <= 'z';
}

// Takes what stands before the next of `ends` off the front, and that one too.
std::string_view take(std::string_view& rest, std::string_view ends) {
  const std::string_view part = rest.substr(0, rest.find_first_of(ends));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

}  // namespace

std::vector<std::string> words_of_usage(std::string_view usage, const People& people) {
  std::vector<std::string> words;
  while (!usage.empty()) {
    std::string_view word = take(usage, " []");
    std::string key;  // also that of "friends" in "direct_messages=anyone|friends"
    while (!word.empty()) {
      std::string_view value = take(word, "|");
      const size_t sign = value.find('=');
      if (sign != std::string_view::npos) {
        key = value.substr(0, sign + 1);
        value.remove_prefix(sign + 1);
        if (!is_small(value)) words.push_back(key);
      }
      if (is_small(value)) words.push_back(key + std::string(value));
      if (key.empty()) continue;
      if (value == "USER")
        for (const std::string& name : people.user_names()) words.push_back(key + name);
      if (value == "#GROUP")
        for (const std::string& name : people.group_names()) words.push_back(key + name);
    }
  }
  return words;
}

std::vector<std::string> candidates(std::string_view before_cursor, const People& people) {
  std::vector<std::string> words;
  const size_t blank = before_cursor.find(' ');
  const bool first = blank == std::string_view::npos;
  if (first)
    for (const SlashCommand& one : slash_commands()) words.emplace_back(one.name);
  const SlashCommand* const command =
      first ? nullptr : find_slash_command(before_cursor.substr(0, blank));
  if (command != nullptr) words = words_of_usage(command->arguments, people);
  const bool of_command = !first && before_cursor.starts_with('/');
  for (const std::string& name : people.user_names()) {
    words.push_back("@" + name);
    if (of_command) words.push_back(name);
  }
  for (const std::string& name : people.group_names()) words.push_back(name);
  return words;
}

}  // namespace mpim::chat
