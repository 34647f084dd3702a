#include "ops/deadletter/chosen_letters.h"
#include "ops/deadletter/commands.h"
#include "ops/paging.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kAfter, kLimit});
constexpr auto kExamples =
    std::to_array<std::string_view>({"deadletter ls", "deadletter ls -o json"});

Result<PageOf> page_of_letters(Call& call, uint64_t after, uint32_t limit) {
  v1::ListDeadLettersRequest request;
  request.set_after(after);
  request.set_limit(limit);
  MPIM_TRY(const auto response, call.ask<v1::ListDeadLettersResponse>("ListDeadLetters", request));
  PageOf page{.items = {}, .more = response.more(), .last = after};
  for (const v1::DeadLetter& letter : response.letters()) {
    page.items.push_back(Value::message(letter));
    page.last = letter.id();
  }
  return page;
}

Result<int> list_letters(Call& call) {
  MPIM_TRY(Listing listing, list_pages(call, [&call](uint64_t after, uint32_t limit) {
             return page_of_letters(call, after, limit);
           }));
  call.show_list(std::move(listing.items), kLetterColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace

const CommandForm kDeadletterLsForm{
    .detail =
        "Messages that were queued while the database was away, were answered with a ticket, and\n"
        "could not be stored afterwards. They wait here until somebody replays or purges them.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "DeadLetterList",
    .run = list_letters,
};

}  // namespace mpim::ops
