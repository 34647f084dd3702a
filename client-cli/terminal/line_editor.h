// A line being typed: text, cursor, history. Draws nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "client-cli/terminal/key_reader.h"
#include "client-cli/terminal/line_history.h"

namespace mpim::chat {

// The part of the line that a screen shows, and where the cursor stands in it.
struct LineView {
  std::string text;
  size_t cursor_columns = 0;
};

// Keys are those of every shell: arrows, Home, End, Ctrl-A E B F H D K U W Y T, Alt-B F D, Up and
// Down.
//
// Threads  one.
// Limits   a line holds kLineEditBytes; what goes beyond is not taken.
// Lifetime `history` must outlive it.
class LineEditor {
 public:
  static constexpr size_t kLineEditBytes = 65'536;

  explicit LineEditor(LineHistory& history) : history_(history) {}

  // False for keys that are not the editor's: Enter, Tab, Ctrl-C, Ctrl-D on an empty line, Ctrl-L.
  bool press(const Key& key);

  const std::string& text() const { return text_; }
  std::string_view before_cursor() const { return std::string_view(text_).substr(0, cursor_); }
  bool empty() const { return text_.empty(); }
  void insert(std::string_view typed);
  // Puts `replacement` where the last `bytes` bytes before the cursor are.
  void replace_before_cursor(size_t bytes, std::string_view replacement);
  // Empties the line and answers what was on it.
  std::string take();

  // A secret is shown as nothing at all and never comes into the history.
  void set_secret(bool secret) { secret_ = secret; }
  bool secret() const { return secret_; }

  // What fits into `columns`, scrolled so that the cursor is in it.
  LineView view(size_t columns) const;

 private:
  bool press_control(char letter);
  bool press_alt(char letter);
  void erase(size_t begin, size_t end);
  void cut(size_t begin, size_t end);
  void swap_characters();
  void recall(const std::string* line);
  size_t word_left() const;
  size_t word_right() const;

  LineHistory& history_;
  std::string text_;
  size_t cursor_ = 0;  // a byte offset, always between two characters
  std::string cut_;
  bool secret_ = false;
};

}  // namespace mpim::chat
