// The pieces that verbs' words are read with.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadRequest, with a sentence that names what is wrong.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/protocol/line_words.h"
#include "server/protocol/request.h"

namespace mpim::line {

Error bad(std::string sentence);        // kBadRequest
Error missing(std::string_view what);   // "<what> is missing"
Result<void> end_of(LineWords& words);  // nothing may be left

// A request of no words.
template <class Request_>
Parsed alone(LineWords& words) {
  MPIM_CHECKED(end_of(words));
  return Request(Request_{});
}

// The next word as an id.
Result<UserId> user_word(LineWords& words);
Result<GroupId> group_word(LineWords& words);
Result<MessageId> message_word(LineWords& words);
// The next word as somebody: an id, or @ and a name.
Result<UserChoice> person_word(LineWords& words);

// The key=value options at the end of a line, each at most once.
class Options {
 public:
  // `names` must outlive it.
  static Result<Options> read(LineWords& words, std::span<const std::string_view> names);

  const std::string* find(std::string_view name) const;  // nullptr: it was not given
  // limit=, 1 to kPullMax; `standard` when it was not given.
  Result<uint32_t> limit(uint32_t standard) const;
  // A number within its range; nothing when it was not given.
  Result<std::optional<uint64_t>> number(std::string_view name, uint64_t min, uint64_t max) const;

 private:
  static constexpr size_t kMax = 10;

  explicit Options(std::span<const std::string_view> names) : names_(names) {}
  Result<void> take(LineWords& words);

  std::span<const std::string_view> names_;
  std::array<std::optional<std::string>, kMax> values_;
};

template <class Choice>
struct Named {
  std::string_view name;
  Choice choice;
};

// "auto", "client" as an error sentence lists them.
Error not_one_of(std::string_view what, std::string_view typed,
                 std::span<const std::string_view> names);

// A word that is one of a few; `what` names it in the error.
template <class Choice, size_t kCount>
Result<Choice> one_of(std::string_view what, std::string_view typed,
                      const std::array<Named<Choice>, kCount>& names) {
  std::array<std::string_view, kCount> allowed;
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i].name == typed) return names[i].choice;
    allowed[i] = names[i].name;
  }
  return not_one_of(what, typed, allowed);
}

// An option whose value is one of a few words; unset when it was not given.
template <class Choice, size_t kCount>
Result<std::optional<Choice>> choice_of(const Options& options, std::string_view option,
                                        const std::array<Named<Choice>, kCount>& names) {
  const std::string* const typed = options.find(option);
  if (typed == nullptr) return std::optional<Choice>();
  MPIM_TRY(const Choice choice, one_of(option, *typed, names));
  return std::optional<Choice>(choice);
}

}  // namespace mpim::line
