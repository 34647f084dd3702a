#include "client-cli/terminal/text_width.h"

#include <utf8proc.h>

#include <algorithm>

namespace mpim::chat {
namespace {

constexpr utf8proc_int32_t kReplacement = 0xFFFD;
constexpr utf8proc_int32_t kEmojiVariation = 0xFE0F;

struct Point {
  utf8proc_int32_t code;
  size_t bytes;
};

Point point_at(std::string_view text, size_t at) {
  utf8proc_int32_t code = 0;
  const utf8proc_ssize_t taken =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                       static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  if (taken <= 0) return {kReplacement, 1};
  return {code, static_cast<size_t>(taken)};
}

// A character is as wide as its widest part: an accent adds nothing, an emoji joined from several
// is one.
size_t columns_of_character(std::string_view character) {
  size_t columns = 0;
  for (size_t at = 0; at < character.size();) {
    const Point point = point_at(character, at);
    if (point.code == kEmojiVariation) return 2;
    columns = std::max(columns, static_cast<size_t>(std::max(utf8proc_charwidth(point.code), 0)));
    // A flag is two letters.
    if (point.code >= 0x1F1E6 && point.code <= 0x1F1FF) columns = 2;
    at += point.bytes;
  }
  return columns;
}

bool turns_direction(utf8proc_int32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200E || code == 0x200F || code == 0x061C;
}

bool is_control(utf8proc_int32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

}  // namespace

size_t next_character(std::string_view text, size_t at) {
  if (at >= text.size()) return text.size();
  Point left = point_at(text, at);
  size_t end = at + left.bytes;
  utf8proc_int32_t state = 0;
  while (end < text.size()) {
    const Point right = point_at(text, end);
    if (utf8proc_grapheme_break_stateful(left.code, right.code, &state)) break;
    end += right.bytes;
    left = right;
  }
  return end;
}

// Where a character begins depends on what stands before it, so this walks from the front.
size_t previous_character(std::string_view text, size_t at) {
  size_t begin = 0;
  for (size_t end = 0; end < at; end = next_character(text, end)) begin = end;
  return begin;
}

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = next_character(text, at);
    columns += columns_of_character(text.substr(at, end - at));
    at = end;
  }
  return columns;
}

std::string_view front_within(std::string_view text, size_t columns) {
  size_t at = 0;
  size_t taken = 0;
  while (at < text.size()) {
    const size_t end = next_character(text, at);
    taken += columns_of_character(text.substr(at, end - at));
    if (taken > columns) break;
    at = end;
  }
  return text.substr(0, at);
}

std::string shortened(std::string_view text, size_t columns, std::string_view mark) {
  if (columns_of(text) <= columns) return std::string(text);
  const size_t room = columns - std::min(columns, columns_of(mark));
  return std::string(front_within(text, room)) + std::string(front_within(mark, columns));
}

std::string wrapped(std::string_view text, size_t columns) {
  std::string out;
  size_t line = 0;   // where the line begins in `out`
  size_t blank = 0;  // the last place in it where it may be broken; 0: none
  size_t used = 0;
  size_t behind_blank = 0;  // columns used since then
  for (size_t at = 0; at < text.size();) {
    size_t end = text[at] == '\x1b' ? text.find('m', at) : std::string_view::npos;
    const bool colour = end != std::string_view::npos;
    end = colour ? end + 1 : next_character(text, at);
    const std::string_view piece = text.substr(at, end - at);
    const size_t width = colour ? 0 : columns_of_character(piece);
    at = end;
    if (piece == "\n" || used + width > columns) {
      const bool at_blank = piece != "\n" && piece != " " && blank > line;
      if (at_blank)
        out.replace(blank, 1, "\n");
      else
        out += '\n';
      line = at_blank ? blank + 1 : out.size();
      used = at_blank ? behind_blank : 0;
      blank = behind_blank = 0;
      if (piece == "\n" || piece == " ") continue;
    }
    if (piece == " ") {
      blank = out.size();
      behind_blank = 0;
    } else {
      behind_blank += width;
    }
    out += piece;
    used += width;
  }
  return out;
}

std::string harmless(std::string_view text, std::string_view line_feed) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Point point = point_at(text, at);
    if (point.code == '\n') {
      out += line_feed;
    } else if (point.code == '\t') {
      out += ' ';
    } else if (point.code < 0x20) {
      out += {'^', static_cast<char>('@' + point.code)};
    } else if (is_control(point.code) || turns_direction(point.code) ||
               point.code == kReplacement) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(at, point.bytes);
    }
    at += point.bytes;
  }
  return out;
}

}  // namespace mpim::chat
