// The commands of `mpimctl conversation`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kConversationLsForm;

inline constexpr auto kConversationCommands = std::to_array<Command>({
    {"ls", Impact::kReads, "List a user's conversations, the newest first", &kConversationLsForm},
});

}  // namespace mpim::ops
