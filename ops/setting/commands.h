// The commands of `mpimctl setting`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kSettingHistoryForm;
extern const CommandForm kSettingLsForm;
extern const CommandForm kSettingRevertForm;
extern const CommandForm kSettingSetForm;
extern const CommandForm kSettingUnsetForm;

inline constexpr auto kSettingCommands = std::to_array<Command>({
    {"history", Impact::kReads, "Show who changed what, and when", &kSettingHistoryForm},
    {"ls", Impact::kReads, "List the settings that may change while nodes run", &kSettingLsForm},
    {"revert", Impact::kWrites, "Go back to how all of them were", &kSettingRevertForm},
    {"set", Impact::kWrites, "Change settings on all nodes at once", &kSettingSetForm},
    {"unset", Impact::kWrites, "Give each node its own value back", &kSettingUnsetForm},
});

}  // namespace mpim::ops
