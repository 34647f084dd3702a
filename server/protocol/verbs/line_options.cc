#include "server/protocol/verbs/line_options.h"

#include <fmt/format.h>

#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/nearest.h"

namespace mpim::line {

Error bad(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }

Error missing(std::string_view what) { return bad(fmt::format("{} is missing", what)); }

Result<void> end_of(LineWords& words) {
  if (!words.done()) return bad(fmt::format("'{}' is too much", shown(words.word())));
  return {};
}

Result<UserId> user_word(LineWords& words) {
  if (words.done()) return missing("a user id");
  return parse_user_id(words.word());
}

Result<GroupId> group_word(LineWords& words) {
  if (words.done()) return missing("a group id");
  return parse_group_id(words.word());
}

Result<MessageId> message_word(LineWords& words) {
  if (words.done()) return missing("a message id");
  return parse_message_id(words.word());
}

Result<UserChoice> person_word(LineWords& words) {
  if (words.done()) return missing("a user");
  const std::string_view typed = words.word();
  if (typed.starts_with('@')) {
    MPIM_TRY(UserName name, user_name(typed.substr(1)));
    return UserChoice(std::move(name));
  }
  MPIM_TRY(const UserId user, parse_user_id(typed));
  return UserChoice(user);
}

Result<Options> Options::read(LineWords& words, std::span<const std::string_view> names) {
  Options options(names);
  while (!words.done()) MPIM_CHECKED(options.take(words));
  return options;
}

const std::string* Options::find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return values_[i] ? &*values_[i] : nullptr;
  return nullptr;
}

Result<uint32_t> Options::limit(uint32_t standard) const {
  const std::string* const typed = find("limit");
  if (typed == nullptr) return standard;
  return parse_count(*typed, "limit", 1, kPullMax);
}

Result<std::optional<uint64_t>> Options::number(std::string_view name, uint64_t min,
                                                uint64_t max) const {
  const std::string* const typed = find(name);
  if (typed == nullptr) return std::optional<uint64_t>();
  MPIM_TRY(const uint64_t value, parse_number(*typed, name, min, max));
  return std::optional<uint64_t>(value);
}

Result<void> Options::take(LineWords& words) {
  const std::string_view key = words.option_key();
  if (key.empty())
    return bad(fmt::format("'{}' is too much: only key=value options may follow here",
                           shown(words.word())));
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] != key) continue;
    if (values_[i]) return bad(fmt::format("option {}= is given twice", key));
    MPIM_TRY(values_[i], words.word_or_quoted());
    return {};
  }
  const std::string_view near = nearest(key, names_);
  const std::string hint = near.empty() ? "" : fmt::format("; did you mean {}=", near);
  return bad(fmt::format("there is no option '{}='{}", shown(key), hint));
}

Error not_one_of(std::string_view what, std::string_view typed,
                 std::span<const std::string_view> names) {
  if (names.size() == 2)
    return bad(fmt::format("{}={} is neither {} nor {}", what, shown(typed), names[0], names[1]));
  return bad(fmt::format("{}={} is none of {}", what, shown(typed), fmt::join(names, ", ")));
}

}  // namespace mpim::line
