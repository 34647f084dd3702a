#include <array>

#include "ops/node/commands.h"
#include "ops/node/node_calls.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"NODE", "its id; else the node that is asked", false}});
constexpr auto kExamples = std::to_array<std::string_view>({"node undrain east-1"});

Result<int> undrain_node(Call& call) {
  MPIM_TRY(const v1::Node node, order_node(call, true));
  call.show_item(Value::message(node), kNodeItemColumns);
  return kDone;
}

}  // namespace

const CommandForm kNodeUndrainForm{
    .detail =
        "Whoever has gone stays away until he comes back by himself; who is still there stays,\n"
        "and new clients are taken again. Too late once all have gone.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Node",
    .run = undrain_node,
};

}  // namespace mpim::ops
