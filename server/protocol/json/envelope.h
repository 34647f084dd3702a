// One JSON text becomes one request: {"type": .., "id": .., "payload": {..}}, or the flat form of a
// message to be sent, which is the payload of a chat without an envelope.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <string_view>

#include "server/protocol/json/json_limits.h"
#include "server/protocol/request.h"

namespace mpim {

// One request of a text message, or why it is none, and what its answer must carry.
struct JsonRequest {
  Parsed parsed;
  std::string tag;  // for write_answer() alone: the id as it came, the type, the client id
};

// Fields may come in any order, each once; null is no value of any. The text needs no padding and
// is not kept. Takes time in proportion to its length.
// Errors   in `parsed`: kUnknownCommand for a type there is not, else what json_payloads.h and
//          json_guard.h answer. What is no JSON, or has no readable id, is answered without one.
JsonRequest read_envelope(std::string_view text, const JsonLimits& limits);

}  // namespace mpim
