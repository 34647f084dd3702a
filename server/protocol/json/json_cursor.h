// A JSON text (RFC 8259), read from its front to its end where it lies: no document in between.
//
// Threads  one.
// Order    what comes next is looked at with next() and taken with the function for it.
// Errors   kBadRequest for what is no JSON, with the place; kBadText for a NUL or half a surrogate
//          pair in a string. After an error nothing more is to be taken.
// Lifetime the text must outlive it and the views it hands out.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// What is looked at and taken, value by value.
class JsonCursor {
 public:
  // `text` is valid UTF-8.
  explicit JsonCursor(std::string_view text) : whole_(text), rest_(text) { skip_blanks(); }

  // The first character that is no blank; 0 at the end.
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool done() const { return rest_.empty(); }
  // Bytes from the beginning of the text to what comes next.
  size_t at() const { return whole_.size() - rest_.size(); }
  // The text from `begin`, an at() of before, to here, without blanks at its end.
  std::string_view since(size_t begin) const;

  // Takes a mark like '{' if it comes next.
  bool take(char mark) {
    if (next() != mark) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }
  // A string's text: a view into the JSON, or into `unescaped` where it had escapes.
  Result<std::string_view> take_string(std::string& unescaped);
  // The same without a look at its escapes.
  Result<void> skip_string();
  // A number as it is written.
  Result<std::string_view> take_number();
  // true, false or null, as it is written.
  Result<std::string_view> take_word();

  // Takes an object: `visit(key)` is called for each member and takes its value.
  template <class Visit>
  Result<void> each_member(Visit visit) {
    if (!take('{')) return unexpected("an object");
    if (take('}')) return {};
    do {
      MPIM_CHECKED(one_member(visit));
    } while (take(','));
    if (!take('}')) return unexpected("',' or '}'");
    return {};
  }
  // Takes an array: `visit()` is called for each element and takes it.
  template <class Visit>
  Result<void> each_element(Visit visit) {
    if (!take('[')) return unexpected("an array");
    if (take(']')) return {};
    do {
      MPIM_CHECKED(visit());
    } while (take(','));
    if (!take(']')) return unexpected("',' or ']'");
    return {};
  }

  // What comes next is not what should: "no JSON: ',' or '}' expected at byte 17".
  Error unexpected(std::string_view wanted) const;

 private:
  template <class Visit>
  Result<void> one_member(Visit& visit) {
    std::string unescaped;
    MPIM_TRY(const std::string_view key, take_string(unescaped));
    if (!take(':')) return unexpected("':'");
    return visit(key);
  }
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  size_t take_digits(size_t at) const;

  std::string_view whole_;
  std::string_view rest_;  // begins with no blank
};

}  // namespace mpim
