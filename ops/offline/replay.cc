#include "ops/offline/backlog.h"
#include "ops/offline/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"conv", FlagType::kText, "CONVERSATION", "the conversation (needed with --to)"},
    kDeviceFilter,
    kDryRun,
    {"last", FlagType::kNumber, "COUNT", "push the newest so many entries again"},
    {"to", FlagType::kNumber, "SEQ", "push everything after this seq again"},
    {"user", FlagType::kText, "USER", "whose devices (needed)"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "offline replay --user bob --last 20 --dry-run",
    "offline replay --user bob --device phone --conv 1 --to 0",
});

Result<int> replay(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("user")) return call.usage("`--user` is missing: whose devices?");
  if (arguments.has("to") == arguments.has("last"))
    return call.usage("give either `--to SEQ` or `--last COUNT`");
  if (arguments.has("to") && !arguments.has("conv"))
    return call.usage("`--to` needs `--conv`: a seq belongs to a conversation");
  v1::MoveOfflineRequest request;
  MPIM_TRY(*request.mutable_filter(), filter_typed(call));
  request.set_to(arguments.number("to"));
  request.set_last(static_cast<uint32_t>(arguments.number("last")));
  return move_cursors(call, std::move(request));
}

}  // namespace

const CommandForm kOfflineReplayForm{
    .detail =
        "Moves the devices' cursors back, so that they get those entries again, under the same "
        "ids:\n"
        "a client that has them already drops them. --dry-run shows exactly which cursors would "
        "move.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "MovedCursorList",
    .run = replay,
};

}  // namespace mpim::ops
