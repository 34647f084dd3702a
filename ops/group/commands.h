// The commands of `mpimctl group`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kGroupAddForm;
extern const CommandForm kGroupCreateForm;
extern const CommandForm kGroupLsForm;
extern const CommandForm kGroupRemoveForm;
extern const CommandForm kGroupShowForm;

inline constexpr auto kGroupCommands = std::to_array<Command>({
    {"add", Impact::kWrites, "Add members to a group", &kGroupAddForm},
    {"create", Impact::kWrites, "Create a group", &kGroupCreateForm},
    {"ls", Impact::kReads, "List groups", &kGroupLsForm},
    {"remove", Impact::kWrites, "Remove members from a group", &kGroupRemoveForm},
    {"show", Impact::kReads, "Show one group and its members", &kGroupShowForm},
});

}  // namespace mpim::ops
