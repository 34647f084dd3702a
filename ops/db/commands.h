// The commands of `mpimctl db`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kDbBackupForm;
extern const CommandForm kDbCopyForm;
extern const CommandForm kDbMigrateForm;
extern const CommandForm kDbPruneForm;
extern const CommandForm kDbRestoreForm;
extern const CommandForm kDbStatusForm;
extern const CommandForm kDbVerifyForm;

inline constexpr auto kDbCommands = std::to_array<Command>({
    {"backup", Impact::kWrites, "Write the database into a file", &kDbBackupForm},
    {"copy", Impact::kWrites, "Move a deployment between SQLite and MySQL", &kDbCopyForm},
    {"migrate", Impact::kWrites, "Bring the schema up to date", &kDbMigrateForm},
    {"prune", Impact::kDestroys, "Let expire what is too old, now", &kDbPruneForm},
    {"restore", Impact::kDestroys, "Bring back what a backup has", &kDbRestoreForm},
    {"status", Impact::kReads, "Show the schema version", &kDbStatusForm},
    {"verify", Impact::kReads, "Check what must always hold", &kDbVerifyForm},
});

}  // namespace mpim::ops
