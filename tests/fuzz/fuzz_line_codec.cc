// Any bytes, cut anywhere: the properties of the line codec hold, and the client's parser survives
// them.
#include <cstdio>
#include <cstdlib>

#include "server/protocol/line_client.h"
#include "tests/protocol/codec_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (const std::string broken = mpim::broken_codec_property(input, bytes[0]); !broken.empty()) {
    std::fprintf(stderr, "broken: %s\n", broken.c_str());
    std::abort();
  }
  (void)mpim::parse_server_line(input.substr(0, input.find('\n')));
  return 0;
}
