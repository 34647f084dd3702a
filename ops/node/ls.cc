#include <algorithm>
#include <array>

#include "ops/node/commands.h"
#include "ops/node/node_calls.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"node ls"});
constexpr auto kColumns = std::to_array<Column>({
    {"NODE", "id"},
    {"STATE", "state"},
    {"LINE", "line"},
    {"WS", "ws"},
    {"HTTP", "http"},
    {"VERSION", "version"},
    {"CONNECTIONS", "connections", Cell::kNumber},
    {"SESSIONS", "sessions", Cell::kNumber},
    {"STARTED", "startedAtMs", Cell::kTime},
    {"LEASE AGE MS", "leaseAgeMs", Cell::kNumber},
});

Result<int> list_nodes(Call& call) {
  MPIM_TRY(const auto nodes, living_nodes(call));
  Value::List items;
  for (const v1::Node& node : nodes) items.push_back(Value::message(node));
  std::vector<std::string> warnings;
  if (std::ranges::none_of(nodes, &v1::Node::self))
    warnings.push_back("the node that answers has no lease: `mpimctl health` says why");
  call.show_list(std::move(items), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kNodeLsForm{
    .detail = "As their leases say: load and addresses are those of the last renewal.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "NodeList",
    .run = list_nodes,
};

}  // namespace mpim::ops
