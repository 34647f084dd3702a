#include "server/protocol/json/json_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <vector>

#include "server/contract/names.h"

namespace mpim {
namespace {

Error bad(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }

// One value and all that is in it, without recursion.
class Walk {
 public:
  Walk(JsonCursor& cursor, uint32_t depth_max, bool strict)
      : cursor_(cursor), depth_max_(depth_max), strict_(strict) {}

  Result<void> run() {
    do {
      MPIM_TRY(const bool whole, value());
      if (!whole) continue;
      MPIM_CHECKED(after_value());
    } while (!open_.empty());
    return {};
  }

 private:
  // Takes a value; false when it only opened one that has members or elements.
  Result<bool> value() {
    const char first = cursor_.next();
    if (first == '{' || first == '[') return open(first);
    if (first == '"') {
      MPIM_CHECKED(string());
    } else if (first == '-' || (first >= '0' && first <= '9')) {
      MPIM_TRY(const std::string_view number, cursor_.take_number());
      if (strict_ && number.find_first_of(".eE") != std::string_view::npos)
        return bad(fmt::format("{} {} is no whole number", where(), shown(number)));
    } else {
      MPIM_CHECKED(cursor_.take_word());
    }
    return true;
  }

  Result<void> string() {
    if (!strict_) return cursor_.skip_string();
    MPIM_CHECKED(cursor_.take_string(unescaped_));
    return {};
  }

  Result<bool> open(char mark) {
    if (strict_ && open_.size() == depth_max_)
      return bad(fmt::format("over {} levels of arrays and objects", depth_max_));
    cursor_.take(mark);
    if (cursor_.take(mark == '{' ? '}' : ']')) return true;
    open_ += mark;
    if (mark == '[') return false;
    first_key_.push_back(keys_.size());
    MPIM_CHECKED(key());
    return false;
  }

  Result<void> key() {
    if (!strict_) {
      MPIM_CHECKED(cursor_.skip_string());
      return cursor_.take(':') ? Result<void>() : cursor_.unexpected("':'");
    }
    MPIM_TRY(const std::string_view name, cursor_.take_string(unescaped_));
    if (!cursor_.take(':')) return cursor_.unexpected("':'");
    const bool in_place = name.data() != unescaped_.data();
    keys_.push_back(in_place ? name : kept_.emplace_back(std::move(unescaped_)));
    return {};
  }

  // Behind a whole value: on to the next one, or out of all that ends here.
  Result<void> after_value() {
    while (!open_.empty()) {
      const bool in_object = open_.back() == '{';
      if (cursor_.take(',')) return in_object ? key() : Result<void>();
      if (!cursor_.take(in_object ? '}' : ']'))
        return cursor_.unexpected(in_object ? "',' or '}'" : "',' or ']'");
      open_.pop_back();
      if (in_object) MPIM_CHECKED(close_object());
    }
    return {};
  }

  Result<void> close_object() {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first_key_.back());
    std::sort(begin, keys_.end());
    const auto twice = std::adjacent_find(begin, keys_.end());
    if (twice != keys_.end()) return bad(fmt::format("'{}' is there twice", shown(*twice)));
    keys_.erase(begin, keys_.end());
    first_key_.pop_back();
    return {};
  }

  std::string where() const {
    return keys_.empty() ? "the value" : fmt::format("'{}':", shown(keys_.back()));
  }

  JsonCursor& cursor_;
  uint32_t depth_max_;
  bool strict_;
  std::string open_;                    // '{' or '[' for each level around here
  std::vector<std::string_view> keys_;  // of all objects around here
  std::vector<size_t> first_key_;       // of each of them
  std::deque<std::string> kept_;        // keys that had escapes
  std::string unescaped_;
};

}  // namespace

Result<void> guard_json(std::string_view text, uint32_t depth_max) {
  if (!is_text(text))
    return Error{Code::kBadText, "the text is not valid UTF-8, or has a NUL in it"};
  JsonCursor cursor(text);
  MPIM_CHECKED(Walk(cursor, depth_max, true).run());
  if (!cursor.done()) return cursor.unexpected("the end");
  return {};
}

Result<void> skip_value(JsonCursor& cursor) {
  return Walk(cursor, std::numeric_limits<uint32_t>::max(), false).run();
}

}  // namespace mpim
