// The commands of `mpimctl bench`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kBenchConnectForm;
extern const CommandForm kBenchGroupForm;
extern const CommandForm kBenchIdleForm;
extern const CommandForm kBenchOfflineForm;
extern const CommandForm kBenchSendForm;

inline constexpr auto kBenchCommands = std::to_array<Command>({
    {"connect", Impact::kWrites, "Measure log-ins with resume tokens", &kBenchConnectForm},
    {"group", Impact::kWrites, "Measure and check one group that is online", &kBenchGroupForm},
    {"idle", Impact::kWrites, "Measure connections that do nothing", &kBenchIdleForm},
    {"offline", Impact::kWrites, "Measure and check storing for later, and catching up",
     &kBenchOfflineForm},
    {"send", Impact::kWrites, "Measure and check messages between two people online",
     &kBenchSendForm},
});

}  // namespace mpim::ops
