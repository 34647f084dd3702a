#include "client-cli/terminal/screen.h"

#include <fmt/format.h>

#include <algorithm>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat {

void Screen::show(std::string_view prompt, const LineEditor& line) {
  const size_t width = columns_ - 1;
  const std::string head(front_within(prompt, width - std::min(width, size_t{2})));
  const LineView view = line.view(width - columns_of(head));
  const std::string out = erasing();
  row_ = head + view.text;
  before_cursor_ = head + std::string(front_within(view.text, view.cursor_columns));
  write_(out + drawing());
}

void Screen::print(std::string_view text) {
  const std::string broken = wrapped(text, columns_);
  std::string_view lines = broken;
  std::string out = erasing();
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    out += lines.substr(0, end);
    out += "\r\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  write_(out + drawing());
}

void Screen::leave_row() {
  if (!row_.empty()) write_("\r\n");
  row_.clear();
  before_cursor_.clear();
}

void Screen::erase_row() {
  write_(erasing());
  row_.clear();
  before_cursor_.clear();
}

void Screen::clear() {
  if (ansi_) write_("\x1b[H\x1b[2J");
  write_(drawing());
}

std::string Screen::erasing() const {
  if (row_.empty()) return "";
  if (ansi_) return "\r\x1b[K";
  return "\r" + std::string(std::min(columns_of(row_), columns_ - 1), ' ') + "\r";
}

std::string Screen::drawing() const {
  if (row_.empty()) return "";
  const size_t cursor = columns_of(before_cursor_);
  if (columns_of(row_) == cursor) return row_;
  if (!ansi_) return row_ + "\r" + before_cursor_;
  return row_ + "\r" + (cursor > 0 ? fmt::format("\x1b[{}C", cursor) : "");
}

}  // namespace mpim::chat
