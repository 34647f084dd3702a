// The commands of `mpimctl msg`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kMsgSendForm;
extern const CommandForm kMsgShowForm;

inline constexpr auto kMsgCommands = std::to_array<Command>({
    {"send", Impact::kWrites, "Send a message as a user", &kMsgSendForm},
    {"show", Impact::kReads, "Show a message and which devices have it", &kMsgShowForm},
});

}  // namespace mpim::ops
