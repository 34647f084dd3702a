#include <algorithm>
#include <array>

#include "ops/node/commands.h"
#include "ops/node/node_calls.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"NODE", "its id; else the node that is asked", false}});
constexpr auto kExamples = std::to_array<std::string_view>({"node show", "node show east-1"});

Result<int> show_node(Call& call) {
  const auto& words = call.arguments().words();
  MPIM_TRY(const auto nodes, living_nodes(call));
  const auto found = std::ranges::find_if(nodes, [&words](const v1::Node& node) {
    return words.empty() ? node.self() : node.id() == words[0];
  });
  if (found == nodes.end()) {
    const std::string which = words.empty() ? "the node that was asked" : words[0];
    return call.failing({Code::kNotFound, which + " is not among the nodes that live"},
                        "mpimctl node ls shows those that do");
  }
  call.show_item(Value::message(*found), kNodeItemColumns);
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
