#include "server/core/people.h"

#include <array>

namespace mpim {

std::string_view name_of(FriendState state) {
  constexpr std::array<std::string_view, 4> kNames{"none", "asked", "requested", "friends"};
  return kNames.at(static_cast<size_t>(state));
}

}  // namespace mpim
