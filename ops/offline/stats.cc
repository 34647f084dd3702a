#include <array>

#include "ops/call.h"
#include "ops/offline/commands.h"
#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"offline stats"});
constexpr auto kColumns = std::to_array<Column>({
    {"Users", "users"},
    {"Devices", "devices"},
    {"Conversations", "conversations"},
    {"Entries pending", "pending"},
});

Result<int> show_stats(Call& call) {
  MPIM_TRY(const auto response,
           call.ask<v1::GetOfflineStatsResponse>("GetOfflineStats", v1::GetOfflineStatsRequest()));
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(Value::message(response));
  document.columns = kColumns;
  if (const uint64_t count = response.users_without_device(); count > 0)
    document.warnings.push_back(std::to_string(count) + (count == 1 ? " user has" : " users have") +
                                " no device yet: what was written there waits for "
                                "the first log-in and is not counted");
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kOfflineStatsForm{
    .detail = "Users who never logged in have no device, so nothing is counted for them.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "OfflineStats",
    .run = show_stats,
};

}  // namespace mpim::ops
