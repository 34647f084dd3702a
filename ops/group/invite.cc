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
    {.name = "if-not-exists", .help = "who belongs or is invited already is no error"},
});
constexpr auto kExamples = std::to_array<std::string_view>({"group invite 1001 dora erik"});
constexpr auto kColumns = std::to_array<Column>({{"Invited", "invited", Cell::kNumber}});

Result<int> invite(Call& call) {
  const auto& words = call.arguments().words();
  v1::InviteMembersRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", words[0]));
  request.set_id(group);
  for (size_t i = 1; i < words.size(); ++i) *request.add_users() = user_ref(words[i]);
  request.set_if_not_exists(call.arguments().has("if-not-exists"));
  const auto response = call.ask<v1::InviteMembersResponse>("InviteMembers", request);
  if (!response && response.error().code == Code::kExists)
    return call.failing(response.error(),
                        "nobody was invited; with --if-not-exists they are passed over");
  if (!response) return response.error();
  call.show_item(Value::message(*response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kGroupInviteForm{
    .detail = "They come in with JOINGROUP, however the group is joined, or say no with DECLINE.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "MembersInvited",
    .run = invite,
};

}  // namespace mpim::ops
