// The calls about the nodes of a cluster.
#include <algorithm>
#include <array>

#include "server/gateway/admin/admin_call.h"
#include "server/service/admin/node_desk.h"

namespace mpim {
namespace {

admin::v1::Node to_wire(const NodeRow& row) {
  const NodeRecord& node = row.node;
  admin::v1::Node out;
  out.set_id(node.run.node.name);
  out.set_state(std::string(name_of(node.state)));
  out.set_line(node.line);
  out.set_ws(node.ws);
  out.set_http(node.http);
  out.set_version(node.version);
  out.set_started_at_ms(node.started.ms);
  out.set_connections(node.connections);
  out.set_sessions(node.sessions);
  out.set_lease_age_ms(std::max(node.lease - node.lease_left, Millis(0)).count());
  out.set_lease_left_ms(node.lease_left.count());
  out.set_channel(node.channel);
  out.set_self(row.self);
  return out;
}

Result<void> list_nodes(const AdminContext& context, const admin::v1::ListNodesRequest&,
                        AdminAnswer& out) {
  context.nodes.list(out.reply<std::vector<NodeRow>>([](const std::vector<NodeRow>& rows) {
    admin::v1::ListNodesResponse told;
    for (const NodeRow& row : rows) *told.add_nodes() = to_wire(row);
    return told;
  }));
  return {};
}

Result<void> drain_node(const AdminContext& context, const admin::v1::DrainNodeRequest& in,
                        AdminAnswer& out) {
  context.nodes.order(context.by.name, NodeId{in.id()},
                      in.undo() ? NodeState::kActive : NodeState::kDraining,
                      out.reply<NodeRow>([](const NodeRow& row) {
                        admin::v1::DrainNodeResponse told;
                        *told.mutable_node() = to_wire(row);
                        return told;
                      }));
  return {};
}

constexpr std::array<AdminMethod, 2> kMethods{{
    {"DrainNode", run_admin_method<admin::v1::DrainNodeRequest, drain_node>},
    {"ListNodes", run_admin_method<admin::v1::ListNodesRequest, list_nodes>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_node_methods() { return kMethods; }

}  // namespace mpim
