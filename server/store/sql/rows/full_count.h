// What is answered where a count has reached its limit.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "server/core/errors.h"
#include "server/core/ids.h"

namespace mpim {

// Of whom or what a count is: "you have" to whoever asks, else "user 1002 has".
inline std::string counted_of(UserId user, UserId asking, std::string_view verb_of_you,
                              std::string_view verb) {
  if (user == asking) return fmt::format("you {}", verb_of_you);
  return fmt::format("user {} {}", user.value, verb);
}

// "you have 1000 friends, all that people.friends_max allows: remove one first".
inline Error full_count(std::string_view whose, uint64_t max, std::string_view what,
                        std::string_view setting, std::string_view remedy) {
  return {Code::kLimit,
          fmt::format("{} {} {}, all that {} allows: {}", whose, max, what, setting, remedy)};
}

}  // namespace mpim
