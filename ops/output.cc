#include "ops/output.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace mpim::ops {
namespace {

constexpr std::string_view kGap = "  ";

std::string cell_text(const Value& item, const Column& column) {
  const Value& value = item.at(column.path);
  if (column.cell == Cell::kUntil && value.plain() == kForGood) return "for good";
  if (column.cell == Cell::kTime || column.cell == Cell::kUntil)
    return utc_time(std::atoll(value.plain().c_str()));
  if (column.cell == Cell::kMicros && !value.is_null())
    return fmt::format("{:.2f}", std::atof(value.plain().c_str()) / 1'000);
  if (column.cell == Cell::kBytes && !value.is_null())
    return fmt::format("{:.2f}", std::atof(value.plain().c_str()) / 1'024);
  if (column.cell == Cell::kUser) {
    const std::string name = value.at("name").plain();
    return printable(name.empty() ? value.at("id").plain() : name);
  }
  return printable(value.plain());
}

bool to_the_right(Cell cell) {
  return cell == Cell::kNumber || cell == Cell::kMicros || cell == Cell::kBytes;
}

void append_padded(std::string& line, const std::string& text, size_t width, bool right) {
  const size_t taken = display_width(text);
  const std::string padding(width > taken ? width - taken : 0, ' ');
  line += right ? padding + text : text + padding;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string table(const Value::List& items, std::span<const Column> columns, bool bold) {
  std::vector<std::vector<std::string>> rows{{}};
  for (const Column& column : columns) rows[0].emplace_back(column.title);
  for (const Value& item : items) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const Column& column : columns) row.push_back(cell_text(item, column));
  }
  std::vector<size_t> widths(columns.size(), 0);
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

  std::string result;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += kGap;
      append_padded(line, row[i], widths[i], to_the_right(columns[i].cell));
    }
    line = trimmed(std::move(line));
    result += bold && &row == &rows.front() ? "\x1b[1m" + line + "\x1b[0m\n" : line + "\n";
  }
  return result;
}

std::string single(const Document& document, bool bold) {
  size_t width = 0;
  for (const Column& column : document.columns)
    width = std::max(width, display_width(column.title));
  std::string result;
  for (const Column& column : document.columns) {
    std::string line;
    append_padded(line, std::string(column.title), width + kGap.size(), false);
    result += trimmed(line + cell_text(document.items.front(), column)) + "\n";
  }
  for (const Section& section : document.sections) {
    const Value::List& rows = document.items.front().at(section.path).items();
    if (rows.empty()) continue;
    result += "\n" + std::string(section.title) + "\n" + table(rows, section.columns, bold);
  }
  return result;
}

std::string json(const Document& document) {
  Value::List warnings;
  for (const std::string& warning : document.warnings) warnings.push_back(Value::text(warning));
  const Value whole = Value::object({
      {"apiVersion", Value::text("mpim/v1")},
      {"kind", Value::text(document.kind)},
      {document.list ? "items" : "item",
       document.list ? Value::list(document.items) : document.items.front()},
      {"warnings", Value::list(std::move(warnings))},
  });
  return whole.json(JsonLayout::kPretty) + "\n";
}

}  // namespace

std::string render(const Document& document, Format format, bool bold) {
  if (format == Format::kJson) return json(document);
  if (document.text) return *document.text;
  return document.list ? table(document.items, document.columns, bold) : single(document, bold);
}

std::string render_error(const Error& error, const Circumstance& where, Format format) {
  const CodeEntry& entry = entry_of(error.code);
  const std::string hint = where.hint.empty() ? std::string(entry.remedy) : where.hint;
  if (format == Format::kTable)
    return "error: " + printable(error.message) + "\nhint: " + hint + "\n";
  return Value::object(
             {{"code", Value::text(entry.name)},
              {"message", Value::text(error.message)},
              {"reason", Value::text(entry.meaning)},
              {"hint", Value::text(hint)},
              {"retryable", Value::flag(entry.retryable)},
              {"request_id", where.request_id.empty() ? Value() : Value::text(where.request_id)}})
             .json(JsonLayout::kOneLine) +
         "\n";
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  size_t cluster = 0;  // what the character being composed takes
  utf8proc_int32_t before = 0;
  utf8proc_int32_t state = 0;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t taken =
        std::max<utf8proc_ssize_t>(1, utf8proc_iterate(at, left, &point));
    const auto own = static_cast<size_t>(point < 0 ? 1 : utf8proc_charwidth(point));
    if (before == 0 || utf8proc_grapheme_break_stateful(before, point, &state)) {
      width += cluster;
      cluster = own;
    } else {
      cluster = std::max(cluster, own);
    }
    before = point;
    at += taken;
    left -= taken;
  }
  return width + cluster;
}

std::string printable(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too: 0xC2 and one byte below 0xA0.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte == '\n')
      result += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\x{:02x}", byte);
    else if (c1)
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    else
      result += text[i];
  }
  return result;
}

std::string utc_time(int64_t since_1970_ms) {
  if (since_1970_ms <= 0) return {};
  const std::time_t seconds = since_1970_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

}  // namespace mpim::ops
