// Any bytes, as a request of any method of the contract: its properties hold.
#include <cstdio>
#include <cstdlib>

#include "tests/protocol/wire/wire_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (const std::string broken = mpim::broken_wire_property(input, bytes[0]); !broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
