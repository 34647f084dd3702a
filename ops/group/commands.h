// The commands of `mpimctl group`: each has its form in the file of its name.
#pragma once

#include <array>

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kGroupAddForm;
extern const CommandForm kGroupApproveForm;
extern const CommandForm kGroupCreateForm;
extern const CommandForm kGroupDissolveForm;
extern const CommandForm kGroupExportForm;
extern const CommandForm kGroupImportForm;
extern const CommandForm kGroupInviteForm;
extern const CommandForm kGroupLsForm;
extern const CommandForm kGroupMuteForm;
extern const CommandForm kGroupRejectForm;
extern const CommandForm kGroupRemoveForm;
extern const CommandForm kGroupRequestsForm;
extern const CommandForm kGroupRoleForm;
extern const CommandForm kGroupSetForm;
extern const CommandForm kGroupShowForm;
extern const CommandForm kGroupTransferForm;
extern const CommandForm kGroupUnmuteForm;

inline constexpr auto kGroupCommands = std::to_array<Command>({
    {"add", Impact::kWrites, "Add members to a group", &kGroupAddForm},
    {"approve", Impact::kWrites, "Let in who asks to join a group", &kGroupApproveForm},
    {"create", Impact::kWrites, "Create a group", &kGroupCreateForm},
    {"dissolve", Impact::kDestroys, "End a group for good", &kGroupDissolveForm},
    {"export", Impact::kReads, "Write a group and its members as lines", &kGroupExportForm},
    {"import", Impact::kWrites, "Add many members from a file", &kGroupImportForm},
    {"invite", Impact::kWrites, "Invite users into a group", &kGroupInviteForm},
    {"ls", Impact::kReads, "List groups", &kGroupLsForm},
    {"mute", Impact::kWrites, "Let a member, or all but admins, not send", &kGroupMuteForm},
    {"reject", Impact::kWrites, "Refuse who asks to join a group", &kGroupRejectForm},
    {"remove", Impact::kWrites, "Remove members from a group", &kGroupRemoveForm},
    {"requests", Impact::kReads, "List who asks to join a group", &kGroupRequestsForm},
    {"role", Impact::kWrites, "Make a member an admin, or an admin a member", &kGroupRoleForm},
    {"set", Impact::kWrites, "Change a group's name, notice or how it is joined", &kGroupSetForm},
    {"show", Impact::kReads, "Show one group and its members", &kGroupShowForm},
    {"transfer", Impact::kWrites, "Make a member the owner of a group", &kGroupTransferForm},
    {"unmute", Impact::kWrites, "Let a member, or all, send again", &kGroupUnmuteForm},
});

}  // namespace mpim::ops
