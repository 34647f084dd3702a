#include <array>

#include "ops/block/commands.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples = std::to_array<std::string_view>({"block ls alice"});
constexpr auto kColumns = std::to_array<Column>({{"ID", "id", Cell::kNumber}, {"NAME", "name"}});

Result<int> list(Call& call) {
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::ListBlocksRequest request;
             *request.mutable_user() = user_ref(call.arguments().word(0));
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(const auto response, call.ask<v1::ListBlocksResponse>("ListBlocks", request));
             PageOf page{{}, response.more(), after};
             for (const v1::UserRef& one : response.blocked()) {
               page.items.push_back(Value::message(one));
               page.last = one.id();
             }
             return page;
           }));
  call.show_list(std::move(listing.items), kColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kBlockLsForm{
    .detail = {},
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "BlockList",
    .run = list,
};

}  // namespace mpim::ops
