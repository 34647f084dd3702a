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

inline constexpr auto kMemberColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"ROLE", "role"},
    {"JOINED", "joinedAtMs", Cell::kTime},
    {"MUTED UNTIL", "mutedUntilMs", Cell::kUntil},
});

inline constexpr auto kGroupDetailColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"NAME", "name"},
    {"OWNER", "owner.name"},
    {"MEMBERS", "members", Cell::kNumber},
    {"CONVERSATION", "conversation", Cell::kNumber},
    {"CREATED", "createdAtMs", Cell::kTime},
    {"DESCRIPTION", "description"},
    {"NOTICE", "notice"},
    {"JOIN", "join"},
    {"MUTED UNTIL", "mutedUntilMs", Cell::kUntil},
    {"DISSOLVED", "dissolvedAtMs", Cell::kTime},
});

}  // namespace mpim::ops
