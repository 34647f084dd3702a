#include "server/protocol/json/json_values.h"

#include <fmt/format.h>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/protocol/json_text.h"
#include "server/protocol/nearest.h"

namespace mpim {
namespace {

bool begins_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }

}  // namespace

Error bad_field(std::string_view field, std::string_view sentence) {
  return {Code::kBadRequest, fmt::format("'{}': {}", field, sentence)};
}

Error in_field(std::string_view field, const Error& error) {
  return {error.code, fmt::format("'{}': {}", field, error.message), error.retry_ms};
}

Error missing_field(std::string_view field) {
  return {Code::kBadRequest, fmt::format("'{}' is missing", field)};
}

Error unknown_field(std::string_view key, std::span<const std::string_view> fields) {
  const std::string_view near = nearest(key, fields);
  const std::string hint = near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
  return {Code::kBadRequest, fmt::format("there is no field '{}' here{}", shown(key), hint)};
}

Result<size_t> JsonFields::take(std::string_view key) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] != key) continue;
    if (has(i)) return Error{Code::kBadRequest, fmt::format("'{}' is there twice", key)};
    seen_ |= uint32_t{1} << i;
    return i;
  }
  return unknown_field(key, names_);
}

Result<std::string> text_of(JsonCursor& cursor, std::string_view field) {
  return text_as(cursor, field,
                 [](std::string_view text) -> Result<std::string> { return std::string(text); });
}

Result<std::string_view> digits_of(JsonCursor& cursor, std::string_view field, std::string& kept) {
  if (cursor.next() == '"') {
    auto text = cursor.take_string(kept);
    if (!text.ok()) return in_field(field, text.error());
    return text;
  }
  if (!begins_number(cursor.next()))
    return bad_field(field, "a whole number, or a string of digits, is needed");
  MPIM_TRY(const std::string_view number, cursor.take_number());
  if (number.find_first_of(".eE") != std::string_view::npos)
    return bad_field(field, fmt::format("{} is no whole number", shown(number)));
  return number;
}

Result<uint64_t> number_of(JsonCursor& cursor, std::string_view field, uint64_t min, uint64_t max) {
  return digits_as(cursor, field, [&](std::string_view digits) {
    return parse_number(digits, "number", min, max);
  });
}

Result<MessageId> message_id_of(JsonCursor& cursor, std::string_view field) {
  return digits_as(cursor, field, parse_message_id);
}

Result<std::vector<MessageId>> message_ids_of(JsonCursor& cursor, std::string_view field,
                                              size_t count_max) {
  std::vector<MessageId> ids;
  if (cursor.next() != '[') return bad_field(field, "an array of message ids is needed");
  MPIM_CHECKED(cursor.each_element([&]() -> Result<void> {
    if (ids.size() == count_max)
      return bad_field(field, fmt::format("at most {} at once", count_max));
    MPIM_TRY(const MessageId id, message_id_of(cursor, field));
    ids.push_back(id);
    return {};
  }));
  if (ids.empty()) return bad_field(field, "it is empty");
  return ids;
}

Error not_one_of(std::string_view field, std::string_view typed,
                 std::span<const std::string_view> words) {
  return bad_field(field, fmt::format("'{}' is none of {}", shown(typed), fmt::join(words, ", ")));
}

}  // namespace mpim
