// What must hold for the JSON envelope whatever text it is given: asked by unit tests and by the
// fuzzer.
#pragma once

#include <string>
#include <string_view>

namespace mpim {

// The property that `text` breaks, in words; empty when all hold.
std::string broken_json_property(std::string_view text);

}  // namespace mpim
