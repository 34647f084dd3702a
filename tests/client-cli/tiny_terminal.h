// What a person would see: a terminal of a few rows that understands what Screen writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpim::chat::testing {

// Wraps at the last column and scrolls. Any escape sequence it does not know is remembered, and any
// at all on a dumb one.
class TinyTerminal {
 public:
  TinyTerminal(size_t columns, size_t rows, bool dumb = false);

  void write(std::string_view bytes);

  // From the top, without blanks at the ends.
  std::vector<std::string> rows() const;
  // The rows that are not empty, joined by LF.
  std::string text() const;
  std::string last_row() const;
  size_t cursor_column() const { return column_; }
  const std::string& not_understood() const { return not_understood_; }

 private:
  void put(std::string_view character, size_t width);
  size_t escape(std::string_view bytes);
  void line_feed();

  size_t columns_;
  bool dumb_;
  std::vector<std::vector<std::string>> cells_;  // "" behind a wide character
  size_t row_ = 0;
  size_t column_ = 0;
  std::string not_understood_;
};

}  // namespace mpim::chat::testing
