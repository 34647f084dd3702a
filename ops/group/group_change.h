// Changes of a group, asked for and shown.
#pragma once

#include <array>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

// Asks for a call that changes a group, and shows the group as it then is. What was so already
// is no error: a warning says it. Of a change of one member `whom` names him, and his row is shown
// with it.
Result<int> show_change(Call& call, std::string_view method,
                        const google::protobuf::Message& request, const v1::UserRef& whom = {});

inline constexpr auto kSettleArguments = std::to_array<Argument>({
    {"GROUP", "id"},
    {"USER", "name or id", true, true},
});
inline constexpr auto kSettleFlags = std::to_array<Flag>({
    {.name = "if-exists", .help = "somebody who does not ask is no error"},
});
// Approves or rejects those who ask to join: all users of the line, or none.
Result<int> settle_requests(Call& call, bool approve);

}  // namespace mpim::ops
