#include <array>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/setting/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"limit", FlagType::kNumber, "N", "at most so many", "20", 'l', 100, 1},
});
constexpr auto kExamples =
    std::to_array<std::string_view>({"setting history", "setting history -l 5"});
constexpr auto kColumns = std::to_array<Column>({
    {"VERSION", "version", Cell::kNumber},
    {"AT", "atMs", Cell::kTime},
    {"BY", "by"},
    {"CHANGE", "change"},
    {"SETTING", "name"},
    {"BEFORE", "before"},
    {"AFTER", "after"},
});

// A row for each setting that a version changed.
Result<int> show_history(Call& call) {
  v1::ListSettingChangesRequest request;
  request.set_limit(static_cast<uint32_t>(call.arguments().number("limit")));
  MPIM_TRY(const auto response,
           call.ask<v1::ListSettingChangesResponse>("ListSettingChanges", request));
  Value::List items;
  for (const v1::SettingsVersion& version : response.versions())
    for (const v1::SettingChange& change : version.changes())
      items.push_back(
          Value::object({{"version", Value::id(version.version())},
                         {"atMs", Value::id(static_cast<uint64_t>(version.at_ms()))},
                         {"by", Value::text(version.by())},
                         {"change", Value::text(version.change())},
                         {"name", Value::text(change.name())},
                         {"before", change.has_before() ? Value::text(change.before()) : Value()},
                         {"after", change.has_after() ? Value::text(change.after()) : Value()}}));
  call.show_list(std::move(items), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kSettingHistoryForm{
    .detail =
        "Newest first, a line for each value; the last 100 versions are remembered. An empty\n"
        "BEFORE or AFTER is each node's own value.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SettingHistoryList",
    .run = show_history,
};

}  // namespace mpim::ops
