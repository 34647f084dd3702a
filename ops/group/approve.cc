#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"group approve 1001 dora erik"});

Result<int> approve(Call& call) { return settle_requests(call, true); }

}  // namespace

const CommandForm kGroupApproveForm{
    .detail = "Everybody in the group sees them join.",
    .arguments = kSettleArguments,
    .flags = kSettleFlags,
    .examples = kExamples,
    .kind = "RequestsSettled",
    .run = approve,
};

}  // namespace mpim::ops
