// The commands of `mpimctl device`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kDeviceLsForm;
extern const CommandForm kDeviceRevokeForm;

inline constexpr auto kDeviceCommands = std::to_array<Command>({
    {"ls", Impact::kReads, "List a user's devices", &kDeviceLsForm},
    {"revoke", Impact::kWrites, "Log a device out and forget it", &kDeviceRevokeForm},
});

}  // namespace mpim::ops
