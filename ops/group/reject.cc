#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"group reject 1001 dora erik"});

Result<int> reject(Call& call) { return settle_requests(call, false); }

}  // namespace

const CommandForm kGroupRejectForm{
    .detail = "They are told, and may ask again.",
    .arguments = kSettleArguments,
    .flags = kSettleFlags,
    .examples = kExamples,
    .kind = "RequestsSettled",
    .run = reject,
};

}  // namespace mpim::ops
