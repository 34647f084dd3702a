// How a group looks in a list, and alone.
#pragma once

#include <array>

#include "ops/output.h"

namespace mpim::ops {

inline constexpr auto kGroupColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"NAME", "name"},
    {"OWNER", "owner.name"},
    {"MEMBERS", "members", Cell::kNumber},
    {"CONVERSATION", "conversation", Cell::kNumber},
    {"CREATED", "createdAtMs", Cell::kTime},
    {"DESCRIPTION", "description"},
});

}  // namespace mpim::ops
