// Any bytes, as Redis may hand them out: a packet of another node, or what waits in the intake.
#include <cstdio>
#include <cstdlib>

#include "tests/contract/inner_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const bool waits = bytes[0] % 2 == 0;
  std::string broken =
      waits ? mpim::broken_draft_property(input) : mpim::broken_packet_property(input);
  if (waits && broken.empty()) broken = mpim::broken_ack_property(input);
  if (!broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
