// The commands of `mpimctl offline`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kOfflineLsForm;
extern const CommandForm kOfflinePurgeForm;
extern const CommandForm kOfflineReplayForm;
extern const CommandForm kOfflineShowForm;
extern const CommandForm kOfflineStatsForm;

inline constexpr auto kOfflineCommands = std::to_array<Command>({
    {"ls", Impact::kReads, "List what waits, by device and conversation", &kOfflineLsForm},
    {"purge", Impact::kDestroys, "Skip what waits, so that it is never pushed", &kOfflinePurgeForm},
    {"replay", Impact::kWrites, "Push entries of a conversation again", &kOfflineReplayForm},
    {"show", Impact::kReads, "Show the entries that wait for a device", &kOfflineShowForm},
    {"stats", Impact::kReads, "Count what waits", &kOfflineStatsForm},
});

}  // namespace mpim::ops
