// Any bytes as the head of an HTTP request, and as a WebSocket's handshake.
#include <cstdio>
#include <cstdlib>

#include "tests/protocol/http/head_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (const std::string broken = mpim::broken_head_property(input); !broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
