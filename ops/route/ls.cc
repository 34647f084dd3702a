#include <array>

#include "ops/paging.h"
#include "ops/route/commands.h"
#include "ops/route/route_listing.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples = std::to_array<std::string_view>({"route ls"});

Result<int> list_routes(Call& call) { return show_routes(call, {}); }

}  // namespace

const CommandForm kRouteLsForm{
    .detail = "A route is a node that holds live sessions of a user.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "RouteList",
    .run = list_routes,
};

}  // namespace mpim::ops
