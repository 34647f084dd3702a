// What must hold for the line codec whatever bytes it is fed: asked by unit tests and by the
// fuzzer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mpim {

// The property that `bytes` break, in words; empty when all hold. `seed` decides how they are cut
// into pieces and where feeding pauses.
std::string broken_codec_property(std::string_view bytes, uint32_t seed);

}  // namespace mpim
