#include <array>

#include "ops/paging.h"
#include "ops/user/commands.h"
#include "ops/user/erasure_check.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"ID", "of who was erased; else all are listed", false}});
constexpr auto kFlags = std::to_array<Flag>({
    kAfter,
    kLimit,
    {.name = "verify", .help = "read everything again, and say what is left (needs ID)"},
});
constexpr auto kExamples =
    std::to_array<std::string_view>({"user erased", "user erased 1003 --verify"});

Result<PageOf> page_of(Call& call, v1::ListErasuresRequest request) {
  MPIM_TRY(const auto response, call.ask<v1::ListErasuresResponse>("ListErasures", request));
  PageOf page{{}, response.more(), request.after()};
  for (const v1::Erasure& one : response.erasures()) {
    page.items.push_back(Value::message(one));
    page.last = one.id();
  }
  return page;
}

Result<int> verify(Call& call, uint64_t user) {
  v1::ListErasuresRequest request;
  request.set_user(user);
  MPIM_TRY(PageOf receipt, page_of(call, request));
  MPIM_TRY(std::vector<std::string> left, left_of(call, user));
  const bool clean = left.empty();
  call.show_list(std::move(receipt.items), kErasureColumns, std::move(left));
  return clean ? kDone : kFailed;
}

Result<int> list(Call& call) {
  v1::ListErasuresRequest request;
  if (const std::string typed = call.arguments().word(0); !typed.empty()) {
    const auto id = parse_number(typed, UINT32_MAX);
    if (!id)
      return call.failing({Code::kBadRequest, "`" + typed +
                                                  "` is no id: who was erased has no "
                                                  "name any more"},
                          "`mpimctl user erased` lists the ids, and `mpimctl user erase` shows it");
    const uint64_t user = *id;
    if (call.arguments().has("verify")) return verify(call, user);
    request.set_user(user);
  } else if (call.arguments().has("verify")) {
    return call.usage("`--verify` needs the ID of who was erased");
  }
  MPIM_TRY(Listing listing, list_pages(call, [&](uint64_t after, uint32_t limit) {
             request.set_after(after);
             request.set_limit(limit);
             return page_of(call, request);
           }));
  call.show_list(std::move(listing.items), kErasureColumns, std::move(listing.warnings));
  return kDone;
}

}  // namespace

Result<std::vector<std::string>> left_of(Call& call, uint64_t user) {
  v1::CheckErasureRequest request;
  request.set_user(user);
  MPIM_TRY(const auto response, call.ask<v1::CheckErasureResponse>("CheckErasure", request));
  std::vector<std::string> left;
  for (const std::string& one : response.left()) left.push_back("left: " + one);
  if (left.empty()) call.terminal().note("nothing is left");
  return left;
}

const CommandForm kUserErasedForm{
    .detail =
        "The receipts of erasures. --verify goes through every conversation they were in: exit "
        "code 1\n"
        "when anything of theirs is left.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "ErasureList",
    .run = list,
};

}  // namespace mpim::ops
