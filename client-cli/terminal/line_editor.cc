#include "client-cli/terminal/line_editor.h"

#include <algorithm>
#include <utility>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat {
namespace {

constexpr std::string_view kShownLineFeed = "\u21b5";

}  // namespace

bool LineEditor::press(const Key& key) {
  switch (key.kind) {
    case Key::Kind::kText:
    case Key::Kind::kPaste: insert(key.text); return true;
    case Key::Kind::kBackspace: erase(previous_character(text_, cursor_), cursor_); return true;
    case Key::Kind::kDelete: erase(cursor_, next_character(text_, cursor_)); return true;
    case Key::Kind::kLeft: cursor_ = previous_character(text_, cursor_); return true;
    case Key::Kind::kRight: cursor_ = next_character(text_, cursor_); return true;
    case Key::Kind::kHome: cursor_ = 0; return true;
    case Key::Kind::kEnd: cursor_ = text_.size(); return true;
    case Key::Kind::kWordLeft: cursor_ = word_left(); return true;
    case Key::Kind::kWordRight: cursor_ = word_right(); return true;
    case Key::Kind::kUp: recall(history_.older(text_)); return true;
    case Key::Kind::kDown: recall(history_.newer()); return true;
    case Key::Kind::kControl: return press_control(key.text.front());
    case Key::Kind::kAlt: return press_alt(key.text.front());
    case Key::Kind::kEnter:
    case Key::Kind::kTab: break;
  }
  return false;
}

bool LineEditor::press_control(char letter) {
  switch (letter) {
    case 'a': cursor_ = 0; return true;
    case 'b': cursor_ = previous_character(text_, cursor_); return true;
    case 'd':
      if (text_.empty()) return false;
      erase(cursor_, next_character(text_, cursor_));
      return true;
    case 'e': cursor_ = text_.size(); return true;
    case 'f': cursor_ = next_character(text_, cursor_); return true;
    case 'k': cut(cursor_, text_.size()); return true;
    case 'n': recall(history_.newer()); return true;
    case 'p': recall(history_.older(text_)); return true;
    case 't': swap_characters(); return true;
    case 'u': cut(0, cursor_); return true;
    case 'w': cut(word_left(), cursor_); return true;
    case 'y': insert(cut_); return true;
    default: return false;
  }
}

bool LineEditor::press_alt(char letter) {
  switch (letter) {
    case 'b': cursor_ = word_left(); return true;
    case 'd': cut(cursor_, word_right()); return true;
    case 'f': cursor_ = word_right(); return true;
    default: return false;
  }
}

void LineEditor::insert(std::string_view typed) {
  if (text_.size() + typed.size() > kLineEditBytes) return;
  text_.insert(cursor_, typed);
  cursor_ += typed.size();
}

void LineEditor::replace_before_cursor(size_t bytes, std::string_view replacement) {
  erase(cursor_ - std::min(bytes, cursor_), cursor_);
  insert(replacement);
}

std::string LineEditor::take() {
  cursor_ = 0;
  history_.rest();
  return std::exchange(text_, {});
}

// A secret is not even as long on the screen as it is.
LineView LineEditor::view(size_t columns) const {
  if (secret_ || columns < 2) return {};
  const std::string before = harmless(before_cursor(), kShownLineFeed);
  const std::string after = harmless(std::string_view(text_).substr(cursor_), kShownLineFeed);
  // The cursor stands on a column of its own behind the text; when it would leave the screen, the
  // beginning goes. What comes behind the cursor keeps up to a third, so that it is seen.
  const size_t room = columns - std::min(columns_of(after), columns / 3);
  std::string_view shown = before;
  size_t width = columns_of(shown);
  while (width > 0 && width >= room) {
    shown.remove_prefix(next_character(shown, 0));
    width = columns_of(shown);
  }
  return {std::string(shown) + std::string(front_within(after, columns - width)), width};
}

void LineEditor::erase(size_t begin, size_t end) {
  text_.erase(begin, end - begin);
  cursor_ = begin;
}

void LineEditor::cut(size_t begin, size_t end) {
  if (begin == end) return;
  if (!secret_) cut_ = text_.substr(begin, end - begin);
  erase(begin, end);
}

void LineEditor::swap_characters() {
  if (cursor_ == 0) return;
  const size_t end = next_character(text_, cursor_);
  const size_t middle = cursor_ == end ? previous_character(text_, end) : cursor_;
  const size_t begin = previous_character(text_, middle);
  if (begin == middle) return;
  const std::string left = text_.substr(begin, middle - begin);
  text_.erase(begin, middle - begin);
  text_.insert(begin + (end - middle), left);
  cursor_ = end;
}

void LineEditor::recall(const std::string* line) {
  if (line == nullptr || secret_) return;
  text_ = *line;
  cursor_ = text_.size();
}

size_t LineEditor::word_left() const {
  size_t at = cursor_;
  while (at > 0 && text_[at - 1] == ' ') --at;
  while (at > 0 && text_[at - 1] != ' ') --at;
  return at;
}

size_t LineEditor::word_right() const {
  size_t at = cursor_;
  while (at < text_.size() && text_[at] == ' ') ++at;
  while (at < text_.size() && text_[at] != ' ') ++at;
  return at;
}

}  // namespace mpim::chat
