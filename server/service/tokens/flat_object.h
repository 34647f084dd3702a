// JSON as tokens have it: one object of texts and whole numbers, nothing inside of anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mpim {

// Limits   kFieldsMax fields, numbers of 15 digits, no sign, fraction or exponent; texts in
//          printable ASCII without escapes: what needs more is no token of ours.
class FlatObject {
 public:
  static constexpr size_t kFieldsMax = 16;

  // None: it is not such an object, or has a field twice.
  static std::optional<FlatObject> read(std::string_view json);

  std::optional<std::string_view> text(std::string_view name) const;  // none: it is no text
  std::optional<int64_t> number(std::string_view name) const;         // none: it is no number

 private:
  using Value = std::variant<std::string, int64_t>;
  const Value* find(std::string_view name) const;
  std::vector<std::pair<std::string, Value>> fields_;
};

}  // namespace mpim
