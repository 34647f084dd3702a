#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"GROUP", "id"},
    {"USER", "name or id of a member"},
});
constexpr auto kExamples = std::to_array<std::string_view>({"group transfer 1001 dora"});

Result<int> transfer(Call& call) {
  v1::SetRoleRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", call.arguments().word(0)));
  request.set_id(group);
  *request.mutable_user() = user_ref(call.arguments().word(1));
  request.set_role("owner");
  return show_change(call, "SetRole", request, request.user());
}

}  // namespace

const CommandForm kGroupTransferForm{
    .detail = "Who owned it becomes an admin.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "GroupChange",
    .run = transfer,
};

}  // namespace mpim::ops
