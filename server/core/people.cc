#include "server/core/people.h"

#include "server/core/enum_name.h"

namespace mpim {

std::string_view name_of(FriendState state) {
  constexpr std::array<std::string_view, 4> kNames{"none", "asked", "requested", "friends"};
  return name_in(kNames, state);
}

}  // namespace mpim
