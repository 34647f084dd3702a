#include <algorithm>

#include "ops/msg/entry_columns.h"
#include "ops/msg/entry_text.h"
#include "ops/offline/backlog.h"
#include "ops/offline/commands.h"
#include "ops/paging.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    kConvFilter,
    {"device", FlagType::kText, "NAME", "the device", "default"},
    {.name = "limit",
     .type = FlagType::kNumber,
     .value = "COUNT",
     .help = "at most so many entries",
     .standard = "100",
     .min = 1},
    {"user", FlagType::kText, "USER", "whose device it is (needed)"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "offline show --user bob",
    "offline show --user bob --device phone --conv 1",
});

// Appends what waits in one conversation, up to `limit` items in all; true when there is more.
Result<bool> read_entries(Call& call, const v1::OfflineRow& row, uint64_t limit,
                          Value::List& items) {
  v1::ReadOfflineRequest request;
  *request.mutable_user() = row.user();
  request.set_device_name(row.device_name());
  request.set_conversation(row.conversation());
  bool more = true;
  while (more && items.size() < limit) {
    request.set_limit(static_cast<uint32_t>(std::min<uint64_t>(kPageMax, limit - items.size())));
    MPIM_TRY(const auto response, call.ask<v1::ReadOfflineResponse>("ReadOffline", request));
    for (const v1::Entry& entry : response.entries()) items.push_back(Value::message(entry));
    more = response.more() && response.entries_size() > 0;
    if (more) request.set_after(response.entries(response.entries_size() - 1).seq());
  }
  return more;
}

Result<int> show_entries(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("user")) return call.usage("`--user` is missing: whose device is it?");
  MPIM_TRY(auto filter, filter_typed(call));
  filter.set_device_name(arguments.text("device"));
  MPIM_TRY(const Backlog backlog, read_backlog(call, filter, kPageMax));
  const uint64_t limit = arguments.number("limit");
  Value::List items;
  bool more = backlog.more;
  for (const v1::OfflineRow& row : backlog.rows) {
    MPIM_TRY(const bool left, read_entries(call, row, limit, items));
    more = more || left;
  }
  std::vector<std::string> warnings;
  if (more) warnings.emplace_back("there is more: raise --limit, or choose a conversation");
  call.show_list(with_texts(call, items), kEntryColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kOfflineShowForm{
    .detail = "Oldest first in each conversation. Looking moves no cursor.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "EntryList",
    .run = show_entries,
};

}  // namespace mpim::ops
