// The commands of `mpimctl dev`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kDevDownForm;
extern const CommandForm kDevResetForm;
extern const CommandForm kDevStatusForm;
extern const CommandForm kDevUpForm;

inline constexpr auto kDevCommands = std::to_array<Command>({
    {"down", Impact::kWrites, "Stop the local node", &kDevDownForm},
    {"reset", Impact::kDestroys, "Stop the local node and delete its data", &kDevResetForm},
    {"status", Impact::kReads, "Show whether the local node runs", &kDevStatusForm},
    {"up", Impact::kWrites, "Start a local node with demo users", &kDevUpForm},
});

}  // namespace mpim::ops
