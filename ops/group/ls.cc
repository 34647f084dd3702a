#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_columns.h"
#include "ops/paging.h"
#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples = std::to_array<std::string_view>({"group ls"});

Result<int> list_groups(Call& call) {
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::ListGroupsRequest request;
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(const auto response, call.ask<v1::ListGroupsResponse>("ListGroups", request));
             PageOf page{{}, response.more(), after};
             for (const v1::Group& group : response.groups()) {
               page.items.push_back(Value::message(group));
               page.last = group.id();
             }
             return page;
           }));
  call.show_list(std::move(listing.items), kGroupColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kGroupLsForm{
    .detail = {},
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "GroupList",
    .run = list_groups,
};

}  // namespace mpim::ops
