// How tokens and keys are shown, and how a token is given on the command line.
#pragma once

#include <array>
#include <string>

#include "ops/call.h"

namespace mpim::ops {

inline constexpr auto kTokenColumns =
    std::to_array<Column>({{"Kind", "kind"},
                           {"User", "user", Cell::kUser},
                           {"Device", "device"},
                           {"Id", "jti"},
                           {"Key", "kid"},
                           {"Issued by", "issuedBy"},
                           {"Issued", "issuedAtMs", Cell::kTime},
                           {"Expires", "expiresAtMs", Cell::kTime}});

inline constexpr auto kKeyColumns =
    std::to_array<Column>({{"KEY", "kid"},
                           {"ALGORITHM", "algorithm"},
                           {"CREATED", "createdAtMs", Cell::kTime},
                           {"SIGNS UNTIL", "retiresAtMs", Cell::kTime},
                           {"HOLDS UNTIL", "endsAtMs", Cell::kTime}});

// The word itself, or the first line of stdin for "-": what is on a command line others may see.
Result<std::string> token_typed(Call& call, const std::string& word);

}  // namespace mpim::ops
