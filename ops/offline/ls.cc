#include "ops/offline/backlog.h"
#include "ops/offline/commands.h"
#include "ops/paging.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kConvFilter, kDeviceFilter, kLimit, kUserFilter});
constexpr auto kExamples = std::to_array<std::string_view>({
    "offline ls",
    "offline ls --user bob --device phone",
});

Result<int> list_backlog(Call& call) {
  MPIM_TRY(const auto filter, filter_typed(call));
  MPIM_TRY(const Backlog backlog, read_backlog(call, filter, call.arguments().number("limit")));
  Value::List items;
  for (const v1::OfflineRow& row : backlog.rows) items.push_back(Value::message(row));
  std::vector<std::string> warnings;
  if (backlog.more) warnings.emplace_back("there is more: raise --limit, or filter");
  call.show_list(std::move(items), kBacklogColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kOfflineLsForm{
    .detail = "One line for each device and conversation with entries above the device's cursor.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "OfflineList",
    .run = list_backlog,
};

}  // namespace mpim::ops
