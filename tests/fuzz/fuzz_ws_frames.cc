// Any bytes as a client's frames, cut anywhere; the first two choose limits, compression and cuts.
#include <cstdio>
#include <cstdlib>

#include "tests/protocol/ws/ws_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const size_t choice = bytes[0] | static_cast<size_t>(bytes[1]) << 8;
  if (const std::string broken = mpim::broken_ws_property(input, choice); !broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
