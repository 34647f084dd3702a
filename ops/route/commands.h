// The commands of `mpimctl route`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kRouteLsForm;
extern const CommandForm kRouteShowForm;

inline constexpr auto kRouteCommands = std::to_array<Command>({
    {"ls", Impact::kReads, "List routes", &kRouteLsForm},
    {"show", Impact::kReads, "Show the routes of one user", &kRouteShowForm},
});

}  // namespace mpim::ops
