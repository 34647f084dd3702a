// The pieces that the contract's requests are read with.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadRequest, with a sentence that names the field.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "server/contract/names.h"
#include "server/core/names.h"
#include "server/core/result.h"
#include "server/protocol/request.h"

namespace mpim::wire {

Error bad(std::string sentence);
Error missing(std::string_view what);  // "<what> is missing"

// Somebody, by id or, when that is 0, by name; nobody when neither is set.
Result<std::optional<UserChoice>> person_or_nobody(uint64_t id, std::string_view name);
Result<UserChoice> person(uint64_t id, std::string_view name);
// Whom a message is for: a user or a group, not both.
Result<Recipient> recipient(uint64_t user, std::string_view name, uint64_t group);

// 0 is `standard`; above kPullMax is refused.
Result<uint32_t> limit(uint32_t wire, uint32_t standard);
// 0: from the first.
Result<UserId> after_user(uint64_t wire);
// 0: none.
Result<MessageId> message_or_none(uint64_t wire);
// A time of the client's, or 0; `what` names it.
Result<Timestamp> time_or_none(int64_t wire, std::string_view what);
Result<FileId> file_or_none(uint64_t wire);

template <class Choice>
struct Word {
  std::string_view word;
  Choice choice;
};
Error not_among(std::string_view what, std::string_view typed, std::string_view words);

// One of a few words; `what` names the field.
template <class Choice, size_t kCount>
Result<Choice> one_of(std::string_view what, std::string_view typed,
                      const std::array<Word<Choice>, kCount>& words) {
  std::string allowed;
  for (const Word<Choice>& each : words) {
    if (each.word == typed) return each.choice;
    if (!allowed.empty()) allowed += ", ";
    allowed += each.word;
  }
  return not_among(what, typed, allowed);
}

}  // namespace mpim::wire
