// How an entry of a log looks.
#pragma once

#include <array>

#include "ops/output.h"

namespace mpim::ops {

inline constexpr auto kEntryColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"CONVERSATION", "conversation", Cell::kNumber},
    {"SEQ", "seq", Cell::kNumber},
    {"KIND", "kind"},
    {"FROM", "from", Cell::kUser},
    {"AT", "atMs", Cell::kTime},
    {"TEXT", "text"},
});

}  // namespace mpim::ops
