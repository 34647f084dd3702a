// The commands of `mpimctl block`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kBlockAddForm;
extern const CommandForm kBlockLsForm;
extern const CommandForm kBlockRemoveForm;

inline constexpr auto kBlockCommands = std::to_array<Command>({
    {"add", Impact::kWrites, "Block somebody for a user", &kBlockAddForm},
    {"ls", Impact::kReads, "List whom a user blocked", &kBlockLsForm},
    {"remove", Impact::kWrites, "Take a block away", &kBlockRemoveForm},
});

}  // namespace mpim::ops
