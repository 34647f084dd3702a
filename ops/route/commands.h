// The commands of `mpimctl route`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kRouteExplainForm;
extern const CommandForm kRouteLsForm;
extern const CommandForm kRouteShowForm;
extern const CommandForm kRouteTraceForm;

inline constexpr auto kRouteCommands = std::to_array<Command>({
    {"explain", Impact::kReads, "Show who says where a user is, and whether they agree",
     &kRouteExplainForm},
    {"ls", Impact::kReads, "List routes", &kRouteLsForm},
    {"show", Impact::kReads, "Show the routes of one user", &kRouteShowForm},
    {"trace", Impact::kReads, "Predict a message's path without sending it", &kRouteTraceForm},
});

}  // namespace mpim::ops
