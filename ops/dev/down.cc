#include <array>

#include "ops/dev/commands.h"
#include "ops/dev/dev_node.h"
#include "ops/dev/node_columns.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"dev down", "dev down --timeout 60s"});
constexpr auto kColumns = std::to_array<Column>({{"State", "state"}, {"Process", "pid"}});

Result<int> down(Call& call) {
  MPIM_TRY(const auto node, running_node(call));
  if (!node) {
    call.show_item(Value::object({{"state", Value::text("not running")}, {"pid", Value()}}),
                   kColumns);
    return kDone;
  }
  MPIM_CHECKED(stop_node(call, *node));
  call.show_item(
      Value::object({{"state", Value::text("stopped")}, {"pid", Value::id(node->pid())}}),
      kColumns);
  return kDone;
}

}  // namespace

const CommandForm kDevDownForm{
    .detail = "What the node accepted is finished first. Nothing running is no error.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "DevNode",
    .run = down,
};

}  // namespace mpim::ops
