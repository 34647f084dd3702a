#include "ops/offline/backlog.h"
#include "ops/offline/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    kConvFilter,
    kDeviceFilter,
    kDryRun,
    kUserFilter,
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "offline purge --user bob --dry-run",
    "offline purge --user bob --device old-phone --yes",
});

Result<int> purge(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("user") && !arguments.has("conv"))
    return call.usage("`--user` or `--conv` is missing: whose backlog, or which conversation's?");
  v1::MoveOfflineRequest request;
  MPIM_TRY(*request.mutable_filter(), filter_typed(call));
  request.set_purge(true);
  if (!arguments.has("dry-run")) {
    MPIM_TRY(const bool sure, call.may_destroy("never push what waits there?"));
    if (!sure) return kFailed;
  }
  return move_cursors(call, std::move(request));
}

}  // namespace

const CommandForm kOfflinePurgeForm{
    .detail =
        "Moves the devices' cursors to the heads of the conversations. The entries stay in the "
        "log.\n"
        "--dry-run shows exactly the cursors that a real run moves.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "MovedCursorList",
    .run = purge,
};

}  // namespace mpim::ops
