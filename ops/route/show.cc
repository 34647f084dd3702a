#include <array>

#include "ops/paging.h"
#include "ops/route/commands.h"
#include "ops/route/route_listing.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({kLimit});
constexpr auto kExamples = std::to_array<std::string_view>({"route show alice"});

Result<int> show_route(Call& call) { return show_routes(call, user_ref(call.arguments().word(0))); }

}  // namespace

const CommandForm kRouteShowForm{
    .detail = "Nothing but a note when no device of the user is logged in.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "RouteList",
    .run = show_route,
};

}  // namespace mpim::ops
