#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"GROUP", "id"},
    {"USER", "name or id of a member"},
    {"ROLE", "admin or member"},
});
constexpr auto kExamples = std::to_array<std::string_view>({"group role 1001 dora admin"});

Result<int> set_role(Call& call) {
  const std::string role = call.arguments().word(2);
  if (role == "owner") return call.usage("an owner is made by `mpimctl group transfer GROUP USER`");
  if (role != "admin" && role != "member")
    return call.usage("`" + role + "` is no role: it is admin or member");
  v1::SetRoleRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", call.arguments().word(0)));
  request.set_id(group);
  *request.mutable_user() = user_ref(call.arguments().word(1));
  request.set_role(role);
  return show_change(call, "SetRole", request, request.user());
}

}  // namespace

const CommandForm kGroupRoleForm{
    .detail = {},
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "GroupChange",
    .run = set_role,
};

}  // namespace mpim::ops
