// Learns from the server who the people of one's groups are: a push names nobody, it has numbers.
#pragma once

#include <functional>

#include "client-cli/link/link.h"
#include "client-cli/people.h"

namespace mpim::chat {

// Asks for the groups and the members of the first kGroupsAsked of them, then calls `then`: also
// when the answers do not come.
//
// Threads  the loop's own.
// Lifetime `link` and `people` must live until then, or until the link's end.
inline constexpr size_t kGroupsAsked = 16;
void learn_names(Link& link, People& people, std::function<void()> then);

}  // namespace mpim::chat
