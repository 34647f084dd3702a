#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({
    {"GROUP", "id"},
    {"USER", "a member; without one everybody but the admins", false},
});
constexpr auto kFlags = std::to_array<Flag>({
    {"for", FlagType::kDuration, "TIME", "for so long; without it until `group unmute`"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "group mute 1001 dora --for 10m",
    "group mute 1001",
});

Result<int> mute(Call& call) {
  const Arguments& arguments = call.arguments();
  v1::MuteGroupRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", arguments.word(0)));
  request.set_id(group);
  if (arguments.words().size() > 1) *request.mutable_user() = user_ref(arguments.word(1));
  if (arguments.has("for")) {
    const auto lasts = arguments.duration("for");
    if (lasts.count() <= 0)
      return call.usage("`--for` is nothing: `mpimctl group unmute` lifts it");
    request.set_lasts_ms(static_cast<uint64_t>(lasts.count()));
  }
  return show_change(call, "MuteGroup", request, request.user());
}

}  // namespace

const CommandForm kGroupMuteForm{
    .detail = "Who is muted reads on, and may not send.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "GroupChange",
    .run = mute,
};

}  // namespace mpim::ops
