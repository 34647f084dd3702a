// What one JSON request may hold.
#pragma once

#include <cstdint>

namespace mpim {

struct JsonLimits {
  uint32_t text_bytes_max = 4'096;  // a message's text, decoded
  uint32_t ext_bytes_max = 4'096;   // the JSON that goes with it
  uint32_t depth_max = 32;          // arrays and objects in each other
};

}  // namespace mpim
