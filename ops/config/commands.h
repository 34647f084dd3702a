// The commands of `mpimctl config`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kConfigGetForm;
extern const CommandForm kConfigInitForm;
extern const CommandForm kConfigSetForm;
extern const CommandForm kConfigShowForm;
extern const CommandForm kConfigValidateForm;

inline constexpr auto kConfigCommands = std::to_array<Command>({
    {"get", Impact::kReads, "Show one setting", &kConfigGetForm},
    {"init", Impact::kWrites, "Write a settings file with every default", &kConfigInitForm},
    {"set", Impact::kWrites, "Change a setting in the file", &kConfigSetForm},
    {"show", Impact::kReads, "Show all settings", &kConfigShowForm},
    {"validate", Impact::kReads, "Check a settings file", &kConfigValidateForm},
});

}  // namespace mpim::ops
