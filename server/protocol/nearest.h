// "Did you mean": the name nearest to what was typed.
#pragma once

#include <span>
#include <string_view>

namespace mpim {

// The candidate that takes the fewest single-letter changes, additions, omissions and swaps of
// neighbours; empty when even that one is far. Case counts. `typed` of over 32 bytes is near to
// nothing.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> candidates);

}  // namespace mpim
