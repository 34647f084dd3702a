#include <array>

#include "ops/dev/commands.h"
#include "ops/dev/dev_node.h"
#include "ops/dev/node_columns.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"dev status"});

Result<int> status(Call& call) {
  MPIM_TRY(const auto node, call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest()));
  call.show_item(node_item(call, node, node.state() == "ready" ? "running" : node.state()),
                 kNodeColumns);
  return kDone;
}

}  // namespace

const CommandForm kDevStatusForm{
    .detail = "Exit code 7 when no node runs.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "DevNode",
    .run = status,
};

}  // namespace mpim::ops
