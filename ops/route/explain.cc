#include <array>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/route/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"route explain alice"});
constexpr auto kColumns = std::to_array<Column>({
    {"User", "user.name"},
    {"Cache and Redis", "verdict"},
    {"TTL left (ms)", "ttlMs"},
});
constexpr auto kRouteColumns = std::to_array<Column>({
    {"NODE", "node"},
    {"SESSIONS", "sessions", Cell::kNumber},
    {"SINCE", "sinceMs", Cell::kTime},
    {"ALIVE", "alive"},
    {"HERE", "here"},
    {"CACHED", "cached"},
    {"IN REDIS", "stored"},
});
constexpr auto kSessionColumns = std::to_array<Column>({
    {"NODE", "node"},
    {"SESSION", "id", Cell::kNumber},
    {"DEVICE", "deviceName"},
    {"PEER", "peer"},
    {"PROTOCOL", "protocol"},
    {"SINCE", "sinceMs", Cell::kTime},
});
constexpr auto kUnheardColumns = std::to_array<Column>({{"NODE", "node"}, {"WHY", "why"}});
constexpr auto kSections = std::to_array<Section>({
    {"Routes", "routes", kRouteColumns},
    {"Connections", "sessions", kSessionColumns},
    {"Nodes whose connections are not known", "unheard", kUnheardColumns},
});

std::string verdict(const v1::ExplainRouteResponse& seen) {
  if (!seen.shared()) return "one node: its memory is all there is";
  if (!seen.why().empty()) return "Redis does not tell: " + seen.why();
  return seen.agrees() ? "agree" : "differ: Redis is right within directory.cached_ms";
}

// A TTL that Redis did not tell is none, not 0.
Value seen_item(const v1::ExplainRouteResponse& seen) {
  const Value all = Value::message(seen);
  Value item = Value::object({});
  for (const char* const name : {"user", "routes", "cached", "shared", "why", "agrees"})
    item.set(name, all.at(name));
  item.set("ttlMs", seen.shared() && seen.why().empty() ? all.at("ttlMs") : Value());
  item.set("verdict", Value::text(verdict(seen)));
  return item;
}

// The user's connections, node by node, and the nodes that did not tell theirs.
struct Connections {
  Value::List known;
  Value::List unheard;
};

Result<void> add_connections(Call& call, const v1::UserRef& user, const std::string& node,
                             Connections& to) {
  v1::ListSessionsRequest request;
  *request.mutable_user() = user;
  request.set_node(node);
  MPIM_TRY(AdminClient* const client, call.admin());
  const auto told = client->ask<v1::ListSessionsResponse>("ListSessions", request);
  if (told.ok()) {
    for (const v1::Session& session : told->sessions()) to.known.push_back(Value::message(session));
    return {};
  }
  if (told.error().code != Code::kUnavailable || client->unreachable()) return told.error();
  to.unheard.push_back(
      Value::object({{"node", Value::text(node)}, {"why", Value::text(told.error().message)}}));
  return {};
}

Result<int> explain_route(Call& call) {
  v1::ExplainRouteRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  MPIM_TRY(const auto seen, call.ask<v1::ExplainRouteResponse>("ExplainRoute", request));
  Connections connections;
  for (const v1::RouteEntry& route : seen.routes())
    if (route.alive()) MPIM_CHECKED(add_connections(call, seen.user(), route.node(), connections));
  Value item = seen_item(seen);
  item.set("sessions", Value::list(std::move(connections.known)));
  item.set("unheard", Value::list(std::move(connections.unheard)));
  call.show_item(std::move(item), kColumns, kSections);
  return kDone;
}

}  // namespace

const CommandForm kRouteExplainForm{
    .detail =
        "Asks the memory of the node that answers, what it remembers of other nodes, and Redis.\n"
        "Each node that holds the user is asked over Redis for the connections; one that does not\n"
        "answer within node.answer_timeout_ms is named, and the rest is shown.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "RouteExplained",
    .run = explain_route,
};

}  // namespace mpim::ops
