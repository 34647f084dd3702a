// The commands of `mpimctl session`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kSessionKickForm;
extern const CommandForm kSessionLsForm;

inline constexpr auto kSessionCommands = std::to_array<Command>({
    {"kick", Impact::kWrites, "Close sessions of a user", &kSessionKickForm},
    {"ls", Impact::kReads, "List live sessions", &kSessionLsForm},
});

}  // namespace mpim::ops
