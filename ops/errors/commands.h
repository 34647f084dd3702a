// The commands of `mpimctl errors`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kErrorsLookupForm;
extern const CommandForm kErrorsLsForm;

inline constexpr auto kErrorsCommands = std::to_array<Command>({
    {"lookup", Impact::kReads, "Explain one error code", &kErrorsLookupForm},
    {"ls", Impact::kReads, "List every error code", &kErrorsLsForm},
});

}  // namespace mpim::ops
