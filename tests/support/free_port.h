// A port for a server that a test starts.
#pragma once

#include <cstdint>

namespace mpim::testing {

// Free on loopback now; nobody else on this machine asks for ports so quickly that it matters.
// Throws std::runtime_error when there is none.
uint16_t free_port();

}  // namespace mpim::testing
