// What waits in the intake, to bytes and back.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <string_view>

#include "server/core/ack.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

// `draft` goes to a number, not to a name. Its device is left out: the message comes to all devices
// of its sender, since none of them was told its id.
std::string packed_draft(const Draft& draft);
// Errors   kBadRequest: these bytes are no send, or one with an id or a text out of its range.
Result<Draft> unpacked_draft(std::string_view bytes);
std::string packed_ack(const WaitingAck& ack);
// Errors   kBadRequest: these bytes are no acknowledgement, or one with an id out of its range.
Result<WaitingAck> unpacked_ack(std::string_view bytes);
// What can be made out of such bytes, for people: "to_user: 1002 sender: 1001 type: 9".
std::string parsed_fields(std::string_view bytes);

}  // namespace mpim
