#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"GROUP", "id"},
    {"USER", "a member; without one what holds for everybody", false},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "group unmute 1001 dora",
    "group unmute 1001",
});

Result<int> unmute(Call& call) {
  const Arguments& arguments = call.arguments();
  v1::MuteGroupRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", arguments.word(0)));
  request.set_id(group);
  if (arguments.words().size() > 1) *request.mutable_user() = user_ref(arguments.word(1));
  request.set_lasts_ms(0);
  return show_change(call, "MuteGroup", request, request.user());
}

}  // namespace

const CommandForm kGroupUnmuteForm{
    .detail = {},
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "GroupChange",
    .run = unmute,
};

}  // namespace mpim::ops
