// One renderer for what commands show: a table or JSON, errors included.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/value.h"
#include "server/core/errors.h"

namespace mpim::ops {

enum class Format : uint8_t { kTable, kJson };

enum class Cell : uint8_t {
  kText,
  kNumber,  // to the right
  kTime,    // milliseconds since 1970, shown in UTC
  kUntil,   // as kTime; the largest number is "for good"
  kMicros,  // microseconds, shown in milliseconds; to the right
  kBytes,   // shown in KiB; to the right
  kUser,    // a user's name; the id of one who was removed
};

// A column of a table, or a line of a single item: where its value stands in the item.
struct Column {
  std::string_view title;
  std::string_view path;
  Cell cell = Cell::kText;
};

// A list inside a single item, shown as a table of its own.
struct Section {
  std::string_view title;
  std::string_view path;
  std::span<const Column> columns;
};

// A result. JSON is one document: {"apiVersion", "kind", "items" or "item", "warnings"}.
struct Document {
  std::string_view kind;
  bool list = true;  // else `items` holds exactly one
  Value::List items = {};
  std::span<const Column> columns = {};
  std::span<const Section> sections = {};  // of a single item
  std::vector<std::string> warnings = {};  // in a table's case they belong on stderr
  std::optional<std::string> text = {};    // for people instead of the table
};

// `bold` titles a table on a terminal. What control characters a text holds are shown, not sent.
std::string render(const Document& document, Format format, bool bold);

// What is known about a failure beside its Error.
struct Circumstance {
  std::string hint;        // empty: the registry's remedy
  std::string request_id;  // empty: no server was asked
};

// For people "error: ..." and "hint: ...", as JSON one object on one line.
std::string render_error(const Error& error, const Circumstance& where, Format format);

// Columns that a text takes on a terminal: wide characters two, combining ones none.
size_t display_width(std::string_view text);
// Control characters as \n or \x1b, so that a message's text cannot steer the terminal.
std::string printable(std::string_view text);
// A time that never comes: what is so until then is so for good.
inline constexpr std::string_view kForGood = "9223372036854775807";
// 2025-11-21T07:30:00Z; empty for 0.
std::string utc_time(int64_t since_1970_ms);

}  // namespace mpim::ops
