#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/route/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"from", FlagType::kText, "USER", "who would send"},
    {"group", FlagType::kNumber, "ID", "the group it would go to, instead of --to"},
    {"to", FlagType::kText, "USER", "who would receive"},
});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"route trace --from alice --to bob", "route trace --from alice --group 1001"});
constexpr auto kColumns = std::to_array<Column>({
    {"HOP", "hop"},
    {"AT", "at"},
    {"WHAT HAPPENS", "what"},
});

Value hop(std::string_view name, const std::string& at, const std::string& what) {
  return Value::object(
      {{"hop", Value::text(name)}, {"at", Value::text(at)}, {"what", Value::text(what)}});
}

Result<v1::ExplainRouteResponse> routes_of(Call& call, std::string_view flag) {
  v1::ExplainRouteRequest request;
  *request.mutable_user() = user_ref(call.arguments().text(flag));
  return call.ask<v1::ExplainRouteResponse>("ExplainRoute", request);
}

// The node of the sender, as far as it can be known; else the one that is asked.
std::string sender_node(const v1::ExplainRouteResponse& from, const v1::ListNodesResponse& nodes) {
  for (const v1::RouteEntry& route : from.routes())
    if (route.alive()) return route.node();
  for (const v1::Node& node : nodes.nodes())
    if (node.self()) return node.id();
  return "";
}

// What the sender's node asks to learn where the receiver is.
std::string lookup_of(const v1::ExplainRouteResponse& to, bool asked_is_sender) {
  if (!to.shared()) return "looked up in memory";
  if (!to.why().empty()) return "this node alone is known: Redis cannot be asked";
  if (!asked_is_sender) return "looked up in that node's cache, else in Redis";
  return to.cached() ? "looked up in its cache" : "looked up in Redis";
}

std::string delivery_to(const v1::RouteEntry& route, const std::string& sender,
                        const v1::ListNodesResponse& nodes) {
  const std::string sessions = std::to_string(route.sessions()) + " sessions are offered it";
  if (route.node() == sender) return "same node: " + sessions;
  for (const v1::Node& node : nodes.nodes())
    if (node.id() == route.node() && node.channel() != 0)
      return "one packet on channel " + std::to_string(node.channel()) + "; " + sessions;
  return "no channel is known: found by the sweep of heads; " + sessions;
}

Result<Value::List> direct_hops(Call& call, const std::string& sender,
                                const v1::ListNodesResponse& nodes) {
  MPIM_TRY(const auto to, routes_of(call, "to"));
  const bool asked = std::ranges::any_of(nodes.nodes(), [&sender](const v1::Node& node) {
    return node.self() && node.id() == sender;
  });
  Value::List hops;
  hops.push_back(hop("lookup", sender, lookup_of(to, asked)));
  bool reached = false;
  for (const v1::RouteEntry& route : to.routes()) {
    if (!route.alive()) continue;
    reached = true;
    hops.push_back(hop("deliver", route.node(), delivery_to(route, sender, nodes)));
  }
  if (!reached)
    hops.push_back(hop("inbox", "store",
                       to.user().name() + " is logged in nowhere: it waits for the next log-in"));
  return hops;
}

// Members of a group by the node they are on, and how many of them are on none.
struct MembersAway {
  std::map<std::string, uint64_t> on_node;
  uint64_t nowhere = 0;
};

Result<uint64_t> members_of(Call& call, uint64_t group) {
  v1::GetGroupRequest request;
  request.set_id(group);
  request.set_members_limit(1);
  MPIM_TRY(const auto found, call.ask<v1::GetGroupResponse>("GetGroup", request));
  return found.group().members();
}

Result<MembersAway> whereabouts(Call& call, uint64_t group) {
  MPIM_TRY(const uint64_t members, members_of(call, group));
  MembersAway away;
  std::set<uint64_t> somewhere;
  v1::ListRoutesRequest request;
  request.set_group(group);
  request.set_limit(1'000);
  for (bool more = true; more;) {
    MPIM_TRY(const auto page, call.ask<v1::ListRoutesResponse>("ListRoutes", request));
    for (const v1::Route& route : page.routes()) {
      ++away.on_node[route.node()];
      somewhere.insert(route.user().id());
    }
    more = page.more() && page.last() != request.after();
    request.set_after(page.last());
  }
  away.nowhere = members - std::min<uint64_t>(members, somewhere.size());
  return away;
}

// The packet goes to every node that lives, however many of the members are there.
Result<Value::List> group_hops(Call& call, const std::string& sender,
                               const v1::ListNodesResponse& nodes) {
  MPIM_TRY(MembersAway away, whereabouts(call, call.arguments().number("group")));
  const int others = std::max(nodes.nodes_size() - 1, 0);
  Value::List hops;
  hops.push_back(hop("publish", sender,
                     std::to_string(others) + " packets: one for each other node that lives, "
                                              "none for each member"));
  for (const v1::Node& node : nodes.nodes()) {
    const std::string members = std::to_string(away.on_node[node.id()]) + " members are there";
    const std::string way = node.id() == sender ? "same node: "
                            : node.channel() == 0
                                ? "found by the sweep of heads: "
                                : "one packet on channel " + std::to_string(node.channel()) + ": ";
    hops.push_back(hop("deliver", node.id(), way + members));
  }
  if (away.nowhere > 0)
    hops.push_back(hop("inbox", "store",
                       std::to_string(away.nowhere) +
                           " members are logged in nowhere: it waits for their next log-in"));
  return hops;
}

Result<int> trace_route(Call& call) {
  const bool to_group = call.arguments().has("group");
  if (!call.arguments().has("from") || call.arguments().has("to") == to_group)
    return call.usage("who sends and who receives? write --from USER, and --to USER or --group ID");
  MPIM_TRY(const auto from, routes_of(call, "from"));
  MPIM_TRY(const auto nodes, call.ask<v1::ListNodesResponse>("ListNodes", v1::ListNodesRequest()));
  const std::string sender = sender_node(from, nodes);
  Value::List hops;
  hops.push_back(hop("accept", sender,
                     std::ranges::any_of(from.routes(), &v1::RouteEntry::alive)
                         ? from.user().name() + " is logged in there"
                         : from.user().name() + " is logged in nowhere: as if on this node"));
  hops.push_back(hop("store", "store", "the message gets its seq, and is acknowledged"));
  MPIM_TRY(Value::List rest,
           to_group ? group_hops(call, sender, nodes) : direct_hops(call, sender, nodes));
  std::ranges::move(rest, std::back_inserter(hops));
  call.show_list(std::move(hops), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kRouteTraceForm{
    .detail =
        "Nothing is sent. Who may write to whom is not looked at. Of a group it tells how many\n"
        "members are on which node, and how many packets go.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "RouteTrace",
    .run = trace_route,
};

}  // namespace mpim::ops
