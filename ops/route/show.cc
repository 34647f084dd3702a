#include <array>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/route/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"route show alice"});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"NODE", "node"},
    {"SESSIONS", "sessions", Cell::kNumber},
    {"SINCE", "sinceMs", Cell::kTime},
    {"TTL LEFT (MS)", "ttlMs"},
});

Result<int> show_route(Call& call) {
  v1::ExplainRouteRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  MPIM_TRY(const auto seen, call.ask<v1::ExplainRouteResponse>("ExplainRoute", request));
  Value::List items;
  for (const v1::RouteEntry& route : seen.routes()) {
    if (!route.alive() || (!route.here() && !route.stored())) continue;
    Value item = Value::object({{"user", Value::message(seen.user())},
                                {"node", Value::text(route.node())},
                                {"sessions", Value::number(route.sessions())},
                                {"sinceMs", Value::id(static_cast<uint64_t>(route.since_ms()))}});
    if (seen.shared()) item.set("ttlMs", Value::number(static_cast<uint64_t>(seen.ttl_ms())));
    items.push_back(std::move(item));
  }
  std::vector<std::string> warnings;
  if (!seen.why().empty())
    warnings.push_back("this node's alone: Redis cannot be asked: " + seen.why());
  if (items.empty())
    warnings.push_back(call.arguments().word(0) + " has no session: no device is logged in");
  call.show_list(std::move(items), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kRouteShowForm{
    .detail =
        "The nodes that hold live sessions of the user, as Redis has them, and how long they "
        "stand\n"
        "there unless they are renewed; `route explain` says who knows what. Nothing but a note\n"
        "when no device of the user is logged in.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "RouteList",
    .run = show_route,
};

}  // namespace mpim::ops
