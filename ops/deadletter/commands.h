// The commands of `mpimctl deadletter`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kDeadletterLsForm;
extern const CommandForm kDeadletterPurgeForm;
extern const CommandForm kDeadletterReplayForm;
extern const CommandForm kDeadletterShowForm;

inline constexpr auto kDeadletterCommands = std::to_array<Command>({
    {"ls", Impact::kReads, "List messages that could not be stored", &kDeadletterLsForm},
    {"purge", Impact::kDestroys, "Drop them for ever", &kDeadletterPurgeForm},
    {"replay", Impact::kWrites, "Try to store them again", &kDeadletterReplayForm},
    {"show", Impact::kReads, "Show one, and why it is there", &kDeadletterShowForm},
});

}  // namespace mpim::ops
