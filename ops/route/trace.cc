#include <algorithm>
#include <array>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/route/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"from", FlagType::kText, "USER", "who would send"},
    {"to", FlagType::kText, "USER", "who would receive"},
});
constexpr auto kExamples = std::to_array<std::string_view>({"route trace --from alice --to bob"});
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

Result<int> trace_route(Call& call) {
  if (!call.arguments().has("from") || !call.arguments().has("to"))
    return call.usage("who sends and who receives? write --from USER --to USER");
  MPIM_TRY(const auto from, routes_of(call, "from"));
  MPIM_TRY(const auto to, routes_of(call, "to"));
  MPIM_TRY(const auto nodes, call.ask<v1::ListNodesResponse>("ListNodes", v1::ListNodesRequest()));
  const std::string sender = sender_node(from, nodes);
  const bool asked = std::ranges::any_of(nodes.nodes(), [&sender](const v1::Node& node) {
    return node.self() && node.id() == sender;
  });
  Value::List hops;
  hops.push_back(hop("accept", sender,
                     std::ranges::any_of(from.routes(), &v1::RouteEntry::alive)
                         ? from.user().name() + " is logged in there"
                         : from.user().name() + " is logged in nowhere: as if on this node"));
  hops.push_back(hop("store", "store", "the message gets its seq, and is acknowledged"));
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
  call.show_list(std::move(hops), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kRouteTraceForm{
    .detail = "Nothing is sent. Who may write to whom is not looked at.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "RouteTrace",
    .run = trace_route,
};

}  // namespace mpim::ops
