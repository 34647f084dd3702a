#include <array>

#include "ops/call.h"
#include "ops/offline/commands.h"
#include "server/contract/mpim/v1/admin.pb.h"

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
  call.show_item(Value::message(response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kOfflineStatsForm{
    .detail = {},
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "OfflineStats",
    .run = show_stats,
};

}  // namespace mpim::ops
