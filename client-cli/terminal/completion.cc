#include "client-cli/terminal/completion.h"

#include <algorithm>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat {
namespace {

// Cut between two characters, not within one.
std::string common_front(const std::vector<std::string>& words) {
  std::string front = words.front();
  for (const std::string& word : words) {
    size_t same = 0;
    while (same < front.size()) {
      const size_t end = next_character(front, same);
      if (word.compare(same, end - same, front, same, end - same) != 0) break;
      same = end;
    }
    front.resize(same);
  }
  return front;
}

}  // namespace

Completion complete(std::string_view before_cursor, const std::vector<std::string>& candidates) {
  const size_t blank = before_cursor.rfind(' ');
  const std::string_view word =
      blank == std::string_view::npos ? before_cursor : before_cursor.substr(blank + 1);
  std::vector<std::string> fitting;
  for (const std::string& candidate : candidates)
    if (candidate.starts_with(word)) fitting.push_back(candidate);
  std::ranges::sort(fitting);
  fitting.erase(std::unique(fitting.begin(), fitting.end()), fitting.end());
  if (fitting.empty()) return {word.size(), std::string(word), {}};
  if (fitting.size() == 1)
    return {word.size(), fitting.front() + (fitting.front().ends_with('=') ? "" : " "), {}};
  return {word.size(), common_front(fitting), fitting};
}

}  // namespace mpim::chat
