// Bytes from a keyboard to keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mpim::chat {

// kText: a typed or pasted piece, in `text`. kControl: Ctrl and the letter in `text`. kAlt:
// likewise.
struct Key {
  // What was pressed, whatever bytes the terminal makes of it.
  enum class Kind : uint8_t {
    kAlt,
    kBackspace,
    kControl,
    kDelete,
    kDown,
    kEnd,
    kEnter,
    kHome,
    kLeft,
    kPaste,
    kRight,
    kTab,
    kText,
    kUp,
    kWordLeft,
    kWordRight,
  };
  Kind kind;
  std::string text;

  bool operator==(const Key&) const = default;
};

// Threads  one.
// Limits   a sequence or a paste may come in any number of pieces; kPasteBytes of a paste are kept.
// Errors   an unknown sequence is dropped; bytes that are no UTF-8 are dropped.
class KeyReader {
 public:
  static constexpr size_t kPasteBytes = 65'536;

  std::vector<Key> feed(std::string_view bytes);

 private:
  bool take(std::vector<Key>& keys);
  bool take_paste(std::vector<Key>& keys);
  bool take_escape(std::vector<Key>& keys);
  bool take_sequence(std::vector<Key>& keys);
  bool take_text(std::vector<Key>& keys);
  void take_control(std::vector<Key>& keys);

  std::string unread_;
  bool pasting_ = false;
  std::string pasted_;
};

}  // namespace mpim::chat
