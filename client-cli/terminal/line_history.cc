#include "client-cli/terminal/line_history.h"

#include <utility>

#include "client-cli/state_files.h"

namespace mpim::chat {
namespace {

// A line of the history is a line of the file.
std::string escaped(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else
      out += c;
  }
  return out;
}

std::string unescaped(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size())
      out += line[i];
    else
      out += line[++i] == 'n' ? '\n' : line[i];
  }
  return out;
}

bool may_be_kept(std::string_view line) {
  for (const std::string_view secret : {"/login", "/register", "/raw "})
    if (line.starts_with(secret)) return false;
  return !line.empty() && line.front() != ' ';
}

}  // namespace

LineHistory::LineHistory(std::string path) : path_(std::move(path)) {
  load();
  rest();
}

void LineHistory::add(std::string_view line) {
  if (!may_be_kept(line) || (!lines_.empty() && lines_.back() == line)) return rest();
  lines_.emplace_back(line);
  if (lines_.size() > kLinesMax + kLinesMax / 10) {
    lines_.erase(lines_.begin(), lines_.end() - kLinesMax);
    save_all();
  } else {
    save_last();
  }
  rest();
}

const std::string* LineHistory::older(const std::string& typed) {
  if (at_ == 0) return nullptr;
  if (at_ == lines_.size()) typed_ = typed;
  return &lines_[--at_];
}

const std::string* LineHistory::newer() {
  if (at_ >= lines_.size()) return nullptr;
  return ++at_ == lines_.size() ? &typed_ : &lines_[at_];
}

void LineHistory::load() {
  if (path_.empty()) return;
  const std::string text = read_private_file(path_).value_or(std::string());
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines_.push_back(unescaped(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  if (lines_.size() > kLinesMax) lines_.erase(lines_.begin(), lines_.end() - kLinesMax);
}

void LineHistory::save_last() const {
  if (!path_.empty()) append_private_file(path_, escaped(lines_.back()) + "\n");
}

void LineHistory::save_all() const {
  std::string text;
  for (const std::string& line : lines_) text += escaped(line) + "\n";
  if (!path_.empty()) write_private_file(path_, text);
}

}  // namespace mpim::chat
