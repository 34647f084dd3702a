#include "tests/client-cli/tiny_terminal.h"

#include <algorithm>
#include <cstdlib>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat::testing {

TinyTerminal::TinyTerminal(size_t columns, size_t rows, bool dumb)
    : columns_(columns), dumb_(dumb), cells_(rows, std::vector<std::string>(columns, " ")) {}

void TinyTerminal::write(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const char c = bytes[at];
    if (c == '\r') {
      column_ = 0;
      ++at;
    } else if (c == '\n') {
      line_feed();
      ++at;
    } else if (c == '\x1b') {
      at += escape(bytes.substr(at));
    } else {
      const size_t end = next_character(bytes, at);
      const std::string_view character = bytes.substr(at, end - at);
      put(character, columns_of(character));
      at = end;
    }
  }
}

void TinyTerminal::put(std::string_view character, size_t width) {
  if (column_ + width > columns_) {
    column_ = 0;
    line_feed();
  }
  cells_[row_][column_] = character;
  for (size_t i = 1; i < width; ++i) cells_[row_][column_ + i] = "";
  column_ += width;
}

size_t TinyTerminal::escape(std::string_view bytes) {
  size_t end = 2;
  while (end < bytes.size() && (bytes[end] < 0x40 || bytes[end] > 0x7E)) ++end;
  const std::string sequence(bytes.substr(0, end + 1));
  const std::string argument = sequence.size() > 3 ? sequence.substr(2, end - 2) : "";
  if (dumb_) not_understood_ += sequence;
  switch (sequence.back()) {
    case 'K':
      std::fill(cells_[row_].begin() + static_cast<long>(column_), cells_[row_].end(), " ");
      break;
    case 'C': column_ += argument.empty() ? 1 : std::strtoul(argument.c_str(), nullptr, 10); break;
    case 'H': row_ = column_ = 0; break;
    case 'J':
      for (auto& row : cells_) std::fill(row.begin(), row.end(), " ");
      break;
    case 'm':
    case 'h':
    case 'l': break;
    default: not_understood_ += sequence;
  }
  return end + 1;
}

void TinyTerminal::line_feed() {
  if (row_ + 1 < cells_.size()) {
    ++row_;
    return;
  }
  std::rotate(cells_.begin(), cells_.begin() + 1, cells_.end());
  cells_.back().assign(columns_, " ");
}

std::vector<std::string> TinyTerminal::rows() const {
  std::vector<std::string> rows;
  for (const auto& cells : cells_) {
    std::string row;
    for (const std::string& cell : cells) row += cell;
    row.erase(row.find_last_not_of(' ') + 1);
    rows.push_back(row);
  }
  return rows;
}

std::string TinyTerminal::text() const {
  std::string text;
  for (const std::string& row : rows())
    if (!row.empty()) text += (text.empty() ? "" : "\n") + row;
  return text;
}

std::string TinyTerminal::last_row() const { return rows()[row_]; }

}  // namespace mpim::chat::testing
