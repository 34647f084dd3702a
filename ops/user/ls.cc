#include <array>
#include <limits>

#include "ops/paging.h"
#include "ops/user/commands.h"
#include "ops/user/each_user.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples =
    std::to_array<std::string_view>({"user ls", "user ls --limit 10 -o json"});

Result<int> list_users(Call& call) {
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::ListUsersRequest request;
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(const auto response, call.ask<v1::ListUsersResponse>("ListUsers", request));
             PageOf page{{}, response.more(), after};
             for (const v1::User& user : response.users()) {
               page.items.push_back(Value::message(user));
               page.last = user.id();
             }
             return page;
           }));
  call.show_list(std::move(listing.items), user_columns(), std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kUserLsForm{
    .detail = {},
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "UserList",
    .run = list_users,
};

}  // namespace mpim::ops
