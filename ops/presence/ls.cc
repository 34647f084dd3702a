#include <array>

#include "ops/paging.h"
#include "ops/presence/commands.h"
#include "ops/presence/presence_columns.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples = std::to_array<std::string_view>({"presence ls"});

Result<int> list_presence(Call& call) {
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::ListPresenceRequest request;
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(const auto response,
                      call.ask<v1::ListPresenceResponse>("ListPresence", request));
             PageOf page{{}, response.more(), after};
             for (const v1::Presence& row : response.rows()) {
               page.items.push_back(presence_item(row));
               page.last = row.user().id();
             }
             return page;
           }));
  call.show_list(std::move(listing.items), presence_columns(), std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kPresenceLsForm{
    .detail =
        "As others are told it: who has just gone is there until presence.offline_grace_ms has "
        "passed.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "PresenceList",
    .run = list_presence,
};

}  // namespace mpim::ops
