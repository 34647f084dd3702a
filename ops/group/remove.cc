#include <array>

#include "ops/group/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"GROUP", "id"},
    {"USER", "name or id", true, true},
});
constexpr auto kFlags = std::to_array<Flag>({
    {.name = "if-exists", .help = "somebody who is no member is no error"},
});
constexpr auto kExamples = std::to_array<std::string_view>({"group remove 1001 dora"});
constexpr auto kColumns = std::to_array<Column>({{"Removed", "removed", Cell::kNumber}});

Result<int> remove_members(Call& call) {
  const auto& words = call.arguments().words();
  v1::RemoveMembersRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", words[0]));
  request.set_group(group);
  for (size_t i = 1; i < words.size(); ++i) *request.add_users() = user_ref(words[i]);
  request.set_if_exists(call.arguments().has("if-exists"));
  const auto response = call.ask<v1::RemoveMembersResponse>("RemoveMembers", request);
  if (!response && response.error().code == Code::kNotMember)
    return call.failing(response.error(),
                        "nobody was removed; with --if-exists others are passed over, and `mpimctl "
                        "group show " +
                            words[0] + "` lists the members");
  if (!response) return response.error();
  call.show_item(Value::message(*response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kGroupRemoveForm{
    .detail =
        "They receive nothing that is written afterwards, and keep what they may read already.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "MembersRemoved",
    .run = remove_members,
};

}  // namespace mpim::ops
