// What waits for devices: the filters and columns that the commands of this folder share.
#pragma once

#include <array>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

inline constexpr Flag kConvFilter{"conv", FlagType::kText, "CONVERSATION",
                                  "only this conversation"};
inline constexpr Flag kDeviceFilter{"device", FlagType::kText, "NAME",
                                    "only this device (needs --user)"};
inline constexpr Flag kUserFilter{"user", FlagType::kText, "USER", "only this user's devices"};

inline constexpr auto kBacklogColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"USER", "user.name"},
    {"DEVICE", "deviceName"},
    {"CONVERSATION", "conversation", Cell::kNumber},
    {"WITH", "peer.name"},
    {"GROUP", "group", Cell::kNumber},
    {"DELIVERED", "delivered", Cell::kNumber},
    {"HEAD", "head", Cell::kNumber},
    {"PENDING", "pending", Cell::kNumber},
});

// --user, --device and --conv. kBadRequest.
Result<v1::OfflineFilter> filter_typed(Call& call);
// All rows the filter lets through, at most `limit`; `more` says whether there are others.
struct Backlog {
  std::vector<v1::OfflineRow> rows;
  bool more = false;
};
Result<Backlog> read_backlog(Call& call, const v1::OfflineFilter& filter, uint64_t limit);

// Carries out, or with --dry-run only plans, and shows each cursor that moves: sorted, the same
// both ways.
Result<int> move_cursors(Call& call, v1::MoveOfflineRequest request);

}  // namespace mpim::ops
