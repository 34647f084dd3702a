// The last row of a terminal is a prompt and the line being typed; everything else appears above
// it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "client-cli/terminal/line_editor.h"

namespace mpim::chat {

// Draws one row, which scrolls sideways, so that neither a narrow terminal nor a long line breaks
// it.
//
// Threads  one.
// Limits   the row is one column narrower than the terminal: no terminal then wraps it by itself.
class Screen {
 public:
  using Write = std::function<void(std::string_view bytes)>;
  static constexpr size_t kColumnsMin = 4;

  // `ansi` false (TERM=dumb): nothing but text, CR and LF.
  Screen(Write write, bool ansi, size_t columns)
      : write_(std::move(write)), ansi_(ansi), columns_(std::max(columns, kColumnsMin)) {}

  // The row as it is to be from now on. `prompt` holds no control characters.
  void show(std::string_view prompt, const LineEditor& line);
  // Puts whole lines above the row, which stays as it is. They are broken at blanks to fit.
  void print(std::string_view text);
  // The row moves up for good, as it is when Enter is pressed, or goes.
  void leave_row();
  void erase_row();
  void clear();
  void resize(size_t columns) { columns_ = std::max(columns, kColumnsMin); }
  size_t columns() const { return columns_; }

 private:
  std::string erasing() const;
  std::string drawing() const;

  Write write_;
  bool ansi_;
  size_t columns_;
  std::string row_;            // what stands in the last row
  std::string before_cursor_;  // the part of it left of the cursor
};

}  // namespace mpim::chat
