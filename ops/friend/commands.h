// The commands of `mpimctl friend`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kFriendAddForm;
extern const CommandForm kFriendLsForm;
extern const CommandForm kFriendRemoveForm;

inline constexpr auto kFriendCommands = std::to_array<Command>({
    {"add", Impact::kWrites, "Make two users friends", &kFriendAddForm},
    {"ls", Impact::kReads, "List a user's friends and requests", &kFriendLsForm},
    {"remove", Impact::kWrites, "End a friendship or a request", &kFriendRemoveForm},
});

}  // namespace mpim::ops
