// The commands of `mpimctl token`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kTokenCheckForm;
extern const CommandForm kTokenIssueForm;
extern const CommandForm kTokenKeysForm;
extern const CommandForm kTokenRevokeForm;
extern const CommandForm kTokenRotateForm;

inline constexpr auto kTokenCommands = std::to_array<Command>({
    {"check", Impact::kReads, "Say whose a token is and until when, or why it is worth nothing",
     &kTokenCheckForm},
    {"issue", Impact::kWrites, "Give out a token for a user, or for an operator", &kTokenIssueForm},
    {"keys", Impact::kReads, "List the keys that sign tokens", &kTokenKeysForm},
    {"revoke", Impact::kWrites, "Make tokens worth nothing", &kTokenRevokeForm},
    {"rotate", Impact::kDestroys, "Sign with a new key from now on", &kTokenRotateForm},
});

}  // namespace mpim::ops
