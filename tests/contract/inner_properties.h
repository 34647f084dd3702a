// What must hold of any bytes that come from Redis: from other nodes, or out of the intake.
#pragma once

#include <string>
#include <string_view>

namespace mpim {

// Empty, or which property `bytes` breaks: reading never crashes and refuses as bad input alone;
// what it understood is understood again, the same, when it is written anew.
std::string broken_draft_property(std::string_view bytes);
std::string broken_ack_property(std::string_view bytes);
std::string broken_packet_property(std::string_view bytes);

}  // namespace mpim
