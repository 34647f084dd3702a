// What must hold of any bytes that are taken for a request of the contract.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mpim {

// Empty, or which property `bytes` breaks, read as a request of the method that `which` picks:
// reading never crashes and refuses in the codes of bad input alone; what it understood is
// understood again when it is written anew, in binary and, through the guard, in JSON.
std::string broken_wire_property(std::string_view bytes, uint8_t which);

}  // namespace mpim
