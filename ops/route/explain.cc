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
    {"SESSION", "id", Cell::kNumber},
    {"DEVICE", "deviceName"},
    {"PEER", "peer"},
    {"PROTOCOL", "protocol"},
    {"SINCE", "sinceMs", Cell::kTime},
});
constexpr auto kSections = std::to_array<Section>({
    {"Routes", "routes", kRouteColumns},
    {"Sessions on this node", "sessions", kSessionColumns},
});

std::string verdict(const v1::ExplainRouteResponse& seen) {
  if (!seen.shared()) return "one node: its memory is all there is";
  if (!seen.why().empty()) return "Redis cannot be asked: " + seen.why();
  return seen.agrees() ? "agree" : "differ: Redis is right within directory.cached_ms";
}

Result<int> explain_route(Call& call) {
  v1::ExplainRouteRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  MPIM_TRY(const auto seen, call.ask<v1::ExplainRouteResponse>("ExplainRoute", request));
  v1::ListSessionsRequest here;
  *here.mutable_user() = seen.user();
  MPIM_TRY(const auto sessions, call.ask<v1::ListSessionsResponse>("ListSessions", here));
  Value item = Value::message(seen);
  item.set("verdict", Value::text(verdict(seen)));
  Value::List rows;
  for (const v1::Session& session : sessions.sessions()) rows.push_back(Value::message(session));
  item.set("sessions", Value::list(std::move(rows)));
  call.show_item(std::move(item), kColumns, kSections);
  return kDone;
}

}  // namespace

const CommandForm kRouteExplainForm{
    .detail =
        "Asks the memory of the node that answers, what it remembers of other nodes, and Redis.\n"
        "Sessions on other nodes are counted; ask those nodes for their connections.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "RouteExplained",
    .run = explain_route,
};

}  // namespace mpim::ops
