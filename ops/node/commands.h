// The commands of `mpimctl node`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kNodeDrainForm;
extern const CommandForm kNodeLsForm;
extern const CommandForm kNodeShowForm;
extern const CommandForm kNodeUndrainForm;

inline constexpr auto kNodeCommands = std::to_array<Command>({
    {"drain", Impact::kDestroys, "Let a node's clients go, and end it", &kNodeDrainForm},
    {"ls", Impact::kReads, "List the nodes that live", &kNodeLsForm},
    {"show", Impact::kReads, "Show one node", &kNodeShowForm},
    {"undrain", Impact::kWrites, "Keep a node that drains", &kNodeUndrainForm},
});

}  // namespace mpim::ops
