#include "ops/node/node_calls.h"

#include <algorithm>

namespace mpim::ops {
namespace {

constexpr const char* kThoseThatLive = "`mpimctl node ls` shows those that do";

}  // namespace

Result<std::vector<v1::Node>> living_nodes(Call& call) {
  MPIM_TRY(const auto response,
           call.ask<v1::ListNodesResponse>("ListNodes", v1::ListNodesRequest()));
  return std::vector<v1::Node>(response.nodes().begin(), response.nodes().end());
}

Result<v1::Node> living_node(Call& call) {
  const auto& words = call.arguments().words();
  MPIM_TRY(const auto nodes, living_nodes(call));
  const auto found = std::ranges::find_if(nodes, [&words](const v1::Node& node) {
    return words.empty() ? node.self() : node.id() == words[0];
  });
  if (found != nodes.end()) return *found;
  if (words.empty())
    return call.failing({Code::kNotFound, "the node that was asked has no lease"},
                        "`mpimctl health` says why");
  const std::string& which = words[0];
  return call.failing({Code::kNotFound, which + " is not among the nodes that live"},
                      kThoseThatLive);
}

Result<v1::Node> order_node(Call& call, bool undo) {
  v1::DrainNodeRequest request;
  request.set_undo(undo);
  if (!call.arguments().words().empty()) request.set_id(call.arguments().word(0));
  const auto response = call.ask<v1::DrainNodeResponse>("DrainNode", request);
  if (response.ok()) return response->node();
  if (response.error().code == Code::kNotFound)
    return call.failing(response.error(), kThoseThatLive);
  return response.error();
}

}  // namespace mpim::ops
