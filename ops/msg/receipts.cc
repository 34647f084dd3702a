#include <array>

#include "ops/msg/commands.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"ID", "message id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"after", FlagType::kNumber, "USER_ID", "recipients above this user id"},
    {.name = "limit",
     .type = FlagType::kNumber,
     .value = "COUNT",
     .help = "at most so many recipients",
     .standard = "1000",
     .min = 1},
});
constexpr auto kExamples = std::to_array<std::string_view>({"msg receipts 7516192769"});
constexpr auto kColumns = std::to_array<Column>({
    {"Recipients", "recipients", Cell::kNumber},
    {"Delivered", "delivered", Cell::kNumber},
    {"Read", "read", Cell::kNumber},
});
constexpr auto kMarks = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"DELIVERED", "deliveredAtMs", Cell::kTime},
    {"READ", "readAtMs", Cell::kTime},
});
constexpr auto kSections = std::to_array<Section>({{"Recipients", "receipts", kMarks}});

Result<int> show_receipts(Call& call) {
  MPIM_TRY(const uint64_t id, id_typed(call, "message", call.arguments().word(0)));
  v1::GetReceiptsResponse counts;
  MPIM_TRY(Listing marks, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::GetReceiptsRequest request;
             request.set_id(id);
             request.set_after(after);
             request.set_limit(limit);
             MPIM_TRY(counts, call.ask<v1::GetReceiptsResponse>("GetReceipts", request));
             PageOf page{{}, counts.more(), after};
             for (const v1::Receipt& mark : counts.receipts()) {
               page.items.push_back(Value::message(mark));
               page.last = mark.user().id();
             }
             return page;
           }));
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(Value::object({{"id", Value::id(id)},
                                          {"recipients", Value::number(counts.recipients())},
                                          {"delivered", Value::number(counts.delivered())},
                                          {"read", Value::number(counts.read())},
                                          {"receipts", Value::list(std::move(marks.items))}}));
  document.columns = kColumns;
  document.sections = kSections;
  document.warnings = std::move(marks.warnings);
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kMsgReceiptsForm{
    .detail =
        "As its sender is told it. In groups above receipts.members_max no receipts are kept.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Receipts",
    .run = show_receipts,
};

}  // namespace mpim::ops
