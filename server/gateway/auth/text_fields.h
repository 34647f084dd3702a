// Small JSON bodies: one object of texts, read strictly.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// A field that a body may have.
struct TextField {
  std::string_view name;
  bool required = true;
};

using TextFields = std::map<std::string, std::string, std::less<>>;

// kBadRequest, with the field's name: one that is not in `known`, comes twice, is missing or no
// text; or the body is no such object. kTooLarge: over kTextFieldsBytes.
// Cost     one pass; it stops at the first thing that is wrong.
inline constexpr size_t kTextFieldsBytes = 8'192;
Result<TextFields> read_text_fields(std::string_view json, std::span<const TextField> known);

}  // namespace mpim
