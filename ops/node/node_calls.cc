#include "ops/node/node_calls.h"

namespace mpim::ops {

Result<std::vector<v1::Node>> living_nodes(Call& call) {
  MPIM_TRY(const auto response,
           call.ask<v1::ListNodesResponse>("ListNodes", v1::ListNodesRequest()));
  return std::vector<v1::Node>(response.nodes().begin(), response.nodes().end());
}

Result<v1::Node> order_node(Call& call, bool undo) {
  v1::DrainNodeRequest request;
  request.set_undo(undo);
  if (!call.arguments().words().empty()) request.set_id(call.arguments().word(0));
  MPIM_TRY(const auto response, call.ask<v1::DrainNodeResponse>("DrainNode", request));
  return response.node();
}

}  // namespace mpim::ops
