#include <array>

#include "ops/contract.h"
#include "ops/paging.h"
#include "ops/route/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>(
    {kAfter, kLimit, {"node", FlagType::kText, "NODE", "only those who are on this node"}});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"route ls", "route ls --node east-1", "route ls --after 5000"});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"NODE", "node"},
    {"SESSIONS", "sessions", Cell::kNumber},
    {"SINCE", "sinceMs", Cell::kTime},
});

Result<int> list_routes(Call& call) {
  v1::ListRoutesRequest request;
  if (call.arguments().has("node")) request.set_node(call.arguments().text("node"));
  std::string why;
  const auto page = [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
    request.set_after(after);
    request.set_limit(limit);
    MPIM_TRY(const auto response, call.ask<v1::ListRoutesResponse>("ListRoutes", request));
    PageOf got{{}, response.more(), response.last()};
    for (const v1::Route& route : response.routes()) got.items.push_back(Value::message(route));
    why = response.why();
    return got;
  };
  MPIM_TRY(Listing listing, list_pages(call, page));
  if (!why.empty()) listing.warnings.push_back("this node's alone: Redis cannot be asked: " + why);
  call.show_list(std::move(listing.items), kColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kRouteLsForm{
    .detail =
        "A route is a node that holds live sessions of a user. Those of all nodes that live are\n"
        "listed, ascending by user, as Redis has them; --after goes on behind a user.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "RouteList",
    .run = list_routes,
};

}  // namespace mpim::ops
