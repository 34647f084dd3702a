// The commands of `mpimctl presence`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kPresenceLsForm;
extern const CommandForm kPresenceShowForm;

inline constexpr auto kPresenceCommands = std::to_array<Command>({
    {"ls", Impact::kReads, "List who is there", &kPresenceLsForm},
    {"show", Impact::kReads, "Show how users are, or when they were last seen", &kPresenceShowForm},
});

}  // namespace mpim::ops
