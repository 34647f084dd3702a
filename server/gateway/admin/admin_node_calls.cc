// The calls about the nodes of a cluster, and which of them hold whom.
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
  out.set_settings(node.settings);
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

admin::v1::ExplainRouteResponse to_wire(const ExplainedRoute& explained) {
  admin::v1::ExplainRouteResponse out;
  *out.mutable_user() = user_ref(explained.account.id, explained.account.name);
  for (const RouteEntry& entry : explained.view.entries) {
    admin::v1::RouteEntry& to = *out.add_routes();
    to.set_node(entry.route.node.name);
    to.set_sessions(entry.route.sessions);
    to.set_since_ms(entry.route.since.ms);
    to.set_alive(entry.lives);
    to.set_here(entry.here);
    to.set_cached(entry.cached);
    to.set_stored(entry.stored);
  }
  out.set_cached(explained.view.cached);
  out.set_shared(explained.view.shared);
  out.set_why(explained.view.why);
  out.set_ttl_ms(explained.view.life_left.count());
  out.set_agrees(explained.view.agrees());
  return out;
}

Result<void> explain_route(const AdminContext& context, const admin::v1::ExplainRouteRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  context.service.explain_route(
      std::move(user),
      out.reply<ExplainedRoute>([](const ExplainedRoute& found) { return to_wire(found); }));
  return {};
}

constexpr std::array<AdminMethod, 3> kMethods{{
    {"DrainNode", run_admin_method<admin::v1::DrainNodeRequest, drain_node>},
    {"ExplainRoute", run_admin_method<admin::v1::ExplainRouteRequest, explain_route>},
    {"ListNodes", run_admin_method<admin::v1::ListNodesRequest, list_nodes>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_node_methods() { return kMethods; }

}  // namespace mpim
