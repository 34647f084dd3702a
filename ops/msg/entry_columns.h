// How an entry of a log looks, once with_text() has seen it.
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
    {"TEXT", "shown"},
});

// Of one conversation.
inline constexpr auto kHistoryColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"SEQ", "seq", Cell::kNumber},
    {"KIND", "kind"},
    {"FROM", "from", Cell::kUser},
    {"AT", "atMs", Cell::kTime},
    {"STATE", "state"},
    {"TEXT", "shown"},
});

}  // namespace mpim::ops
