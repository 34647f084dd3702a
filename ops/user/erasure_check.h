// Receipts of erasures: how they are shown, and whether they are true.
#pragma once

#include <array>

#include "ops/call.h"

namespace mpim::ops {

inline constexpr auto kErasureColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"USER", "user", Cell::kNumber},
    {"BY", "actor"},
    {"STARTED", "startedAtMs", Cell::kTime},
    {"FINISHED", "finishedAtMs", Cell::kTime},
    {"CONVERSATIONS", "conversations", Cell::kNumber},
    {"MESSAGES", "messages", Cell::kNumber},
    {"FILES", "files", Cell::kNumber},
});

// Reads everything again that could have something of who was erased, and answers what is left,
// each as "left: message 7"; a note says when nothing is.
Result<std::vector<std::string>> left_of(Call& call, uint64_t user);

}  // namespace mpim::ops
