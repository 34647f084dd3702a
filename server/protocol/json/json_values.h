// The values of a payload's fields, each taken as what it must be.
//
// Threads  any: everything here is a function of its arguments.
// Errors   as JsonCursor's; kBadRequest for another kind of value or one out of range. The sentence
//          begins with the field's name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/ids.h"
#include "server/core/names.h"
#include "server/protocol/json/json_cursor.h"

namespace mpim {

Error bad_field(std::string_view field, std::string_view sentence);  // kBadRequest
// The same error, beginning with the field's name.
Error in_field(std::string_view field, const Error& error);
Error missing_field(std::string_view field);  // "'content' is missing"

// A member that `fields` does not have: named, with the nearest one that there is.
Error unknown_field(std::string_view key, std::span<const std::string_view> fields);

// The fields of one object: which there are, and that none comes twice.
class JsonFields {
 public:
  // `names` must outlive it; at most 32.
  explicit JsonFields(std::span<const std::string_view> names) : names_(names) {}

  // Which one `key` is; kBadRequest for none of them, and for one that was there before.
  Result<size_t> take(std::string_view key);
  bool has(size_t at) const { return (seen_ >> at & 1) != 0; }
  bool any() const { return seen_ != 0; }

 private:
  std::span<const std::string_view> names_;
  uint32_t seen_ = 0;
};

Result<std::string> text_of(JsonCursor& cursor, std::string_view field);
// The digits of a whole number, or of a string of digits: JavaScript's numbers end at 2^53.
// `kept` holds them where the view cannot.
Result<std::string_view> digits_of(JsonCursor& cursor, std::string_view field, std::string& kept);
Result<uint64_t> number_of(JsonCursor& cursor, std::string_view field, uint64_t min, uint64_t max);
Result<MessageId> message_id_of(JsonCursor& cursor, std::string_view field);
// At least one, and at most `count_max`.
Result<std::vector<MessageId>> message_ids_of(JsonCursor& cursor, std::string_view field,
                                              size_t count_max);

// What `read` makes of a string: a name, a word.
template <class Read>
auto text_as(JsonCursor& cursor, std::string_view field, Read read)
    -> decltype(read(std::string_view())) {
  std::string unescaped;
  if (cursor.next() != '"') return bad_field(field, "a string is needed");
  auto text = cursor.take_string(unescaped);
  if (!text.ok()) return in_field(field, text.error());
  auto made = read(*text);
  if (!made.ok()) return in_field(field, made.error());
  return made;
}
// What `read` makes of digits: an id.
template <class Read>
auto digits_as(JsonCursor& cursor, std::string_view field, Read read)
    -> decltype(read(std::string_view())) {
  std::string kept;
  auto digits = digits_of(cursor, field, kept);
  if (!digits.ok()) return digits.error();
  auto made = read(*digits);
  if (!made.ok()) return in_field(field, made.error());
  return made;
}

template <class Choice>
struct JsonWord {
  std::string_view word;
  Choice choice;
};
Error not_one_of(std::string_view field, std::string_view typed,
                 std::span<const std::string_view> words);

// A string that is one of a few words.
template <class Choice, size_t kCount>
Result<Choice> word_of(JsonCursor& cursor, std::string_view field,
                       const std::array<JsonWord<Choice>, kCount>& words) {
  MPIM_TRY(const std::string typed, text_of(cursor, field));
  std::array<std::string_view, kCount> allowed;
  for (size_t i = 0; i < kCount; ++i) {
    if (words[i].word == typed) return words[i].choice;
    allowed[i] = words[i].word;
  }
  return not_one_of(field, typed, allowed);
}

}  // namespace mpim
