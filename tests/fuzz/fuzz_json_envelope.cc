// Any text: the properties of the JSON envelope hold.
#include <cstdio>
#include <cstdlib>

#include "tests/protocol/json/json_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const std::string broken = mpim::broken_json_property(text); !broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
