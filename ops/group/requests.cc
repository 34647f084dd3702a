#include <array>

#include "ops/group/commands.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"GROUP", "id"}});
constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples = std::to_array<std::string_view>({"group requests 1001"});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"ASKED", "askedAtMs", Cell::kTime},
});

Result<int> list_requests(Call& call) {
  MPIM_TRY(const uint64_t id, id_typed(call, "group", call.arguments().word(0)));
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::ListJoinRequestsRequest request;
             request.set_id(id);
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(const auto response,
                      call.ask<v1::ListJoinRequestsResponse>("ListJoinRequests", request));
             PageOf page{{}, response.more(), after};
             for (const v1::JoinRequest& one : response.requests()) {
               page.items.push_back(Value::message(one));
               page.last = one.user().id();
             }
             return page;
           }));
  call.show_list(std::move(listing.items), kColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kGroupRequestsForm{
    .detail = {},
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "JoinRequestList",
    .run = list_requests,
};

}  // namespace mpim::ops
