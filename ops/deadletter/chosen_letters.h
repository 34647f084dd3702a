// Which dead letters are meant: what `replay` and `purge` share.
#pragma once

#include <array>
#include <vector>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

inline constexpr Flag kAllLetters{.name = "all", .help = "all that are there now"};
inline constexpr auto kLetterIds =
    std::to_array<Argument>({{"ID", "of a dead letter", false, true}});

inline constexpr auto kLetterColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"SINCE", "atMs", Cell::kTime},
    {"FROM", "from", Cell::kUser},
    {"TO", "to", Cell::kUser},
    {"GROUP", "group", Cell::kNumber},
    {"BYTES", "bytes", Cell::kNumber},
    {"REASON", "reason"},
});

// Those named, or with --all or --older-than those there are; each once, ascending. kNotFound: one
// of those named is not there. kBadRequest: none is named, or both ways at once.
Result<std::vector<v1::DeadLetter>> letters_chosen(Call& call);
Result<v1::DeadLetter> letter_with(Call& call, const std::string& typed);

}  // namespace mpim::ops
