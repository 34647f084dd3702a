// The commands of `mpimctl user`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kUserAddForm;
extern const CommandForm kUserDisableForm;
extern const CommandForm kUserEnableForm;
extern const CommandForm kUserEraseForm;
extern const CommandForm kUserErasedForm;
extern const CommandForm kUserExportForm;
extern const CommandForm kUserLsForm;
extern const CommandForm kUserPasswdForm;
extern const CommandForm kUserRmForm;
extern const CommandForm kUserSetForm;
extern const CommandForm kUserShowForm;

inline constexpr auto kUserCommands = std::to_array<Command>({
    {"add", Impact::kWrites, "Create users", &kUserAddForm},
    {"disable", Impact::kWrites, "Lock users out", &kUserDisableForm},
    {"enable", Impact::kWrites, "Let disabled users in again", &kUserEnableForm},
    {"erase", Impact::kDestroys, "Forget a person: all they wrote", &kUserEraseForm},
    {"erased", Impact::kReads, "Receipts of erasures", &kUserErasedForm},
    {"export", Impact::kReads, "Everything that is kept of a person", &kUserExportForm},
    {"ls", Impact::kReads, "List users", &kUserLsForm},
    {"passwd", Impact::kWrites, "Set a new password", &kUserPasswdForm},
    {"rm", Impact::kDestroys, "Remove users", &kUserRmForm},
    {"set", Impact::kWrites, "Change a profile and who may write", &kUserSetForm},
    {"show", Impact::kReads, "Show one user", &kUserShowForm},
});

}  // namespace mpim::ops
