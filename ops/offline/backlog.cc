#include "ops/offline/backlog.h"

#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kMoveColumns = std::to_array<Column>({
    {"ID", "row.user.id", Cell::kNumber},
    {"USER", "row.user.name"},
    {"DEVICE", "row.deviceName"},
    {"CONVERSATION", "row.conversation", Cell::kNumber},
    {"DELIVERED", "row.delivered", Cell::kNumber},
    {"TO", "to", Cell::kNumber},
    {"HEAD", "row.head", Cell::kNumber},
});

}  // namespace

Result<v1::OfflineFilter> filter_typed(Call& call) {
  const Arguments& arguments = call.arguments();
  v1::OfflineFilter filter;
  if (arguments.has("device") && !arguments.has("user"))
    return call.usage("`--device` needs `--user`: whose device is it?");
  if (arguments.has("user")) *filter.mutable_user() = user_ref(arguments.text("user"));
  filter.set_device_name(arguments.text("device"));
  if (arguments.has("conv")) {
    MPIM_TRY(const uint64_t id, id_typed(call, "conversation", arguments.text("conv")));
    filter.set_conversation(id);
  }
  return filter;
}

Result<Backlog> read_backlog(Call& call, const v1::OfflineFilter& filter, uint64_t limit) {
  Backlog backlog;
  v1::ListOfflineRequest request;
  *request.mutable_filter() = filter;
  do {
    const uint64_t left = limit - backlog.rows.size();
    request.set_limit(static_cast<uint32_t>(std::min<uint64_t>(kPageMax, left)));
    MPIM_TRY(auto response, call.ask<v1::ListOfflineResponse>("ListOffline", request));
    std::ranges::move(*response.mutable_rows(), std::back_inserter(backlog.rows));
    request.set_page(response.next_page());
  } while (!request.page().empty() && backlog.rows.size() < limit);
  backlog.more = !request.page().empty();
  return backlog;
}

Result<int> move_cursors(Call& call, v1::MoveOfflineRequest request) {
  const bool dry_run = call.arguments().has("dry-run");
  request.set_dry_run(dry_run);
  MPIM_TRY(const auto response, call.ask<v1::MoveOfflineResponse>("MoveOffline", request));
  Value::List items;
  for (const v1::MovedCursor& moved : response.moved()) items.push_back(Value::message(moved));
  std::vector<std::string> warnings;
  if (dry_run) warnings.emplace_back("dry run: nothing was done");
  call.show_list(std::move(items), kMoveColumns, std::move(warnings));
  return kDone;
}

}  // namespace mpim::ops
