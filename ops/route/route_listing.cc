#include "ops/route/route_listing.h"

#include <array>

#include "ops/paging.h"

namespace mpim::ops {
namespace {

constexpr auto kColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"NODE", "node"},
    {"SESSIONS", "sessions", Cell::kNumber},
    {"SINCE", "sinceMs", Cell::kTime},
});

}  // namespace

Result<int> show_routes(Call& call, const v1::UserRef& user) {
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::ListRoutesRequest request;
             if (user.id() != 0 || !user.name().empty()) *request.mutable_user() = user;
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(const auto response, call.ask<v1::ListRoutesResponse>("ListRoutes", request));
             PageOf page{{}, response.more(), after};
             for (const v1::Route& route : response.routes()) {
               page.items.push_back(Value::message(route));
               page.last = route.user().id();
             }
             return page;
           }));
  const bool one = user.id() != 0 || !user.name().empty();
  if (one && listing.items.empty())
    listing.warnings.push_back(call.arguments().word(0) +
                               " has no session: no device is logged in");
  call.show_list(std::move(listing.items), kColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace mpim::ops
