#include <array>

#include "ops/node/commands.h"
#include "ops/node/node_calls.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"NODE", "its id; else the node that is asked", false}});
constexpr auto kExamples = std::to_array<std::string_view>({"node show", "node show east-1"});

Result<int> show_node(Call& call) {
  MPIM_TRY(const v1::Node node, living_node(call));
  call.show_item(Value::message(node), kNodeItemColumns);
  return kDone;
}

}  // namespace

const CommandForm kNodeShowForm{
    .detail = {},
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Node",
    .run = show_node,
};

}  // namespace mpim::ops
