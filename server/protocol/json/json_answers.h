// What a request is answered with, as JSON texts: {"type": .., "id": .., "payload": {..}}.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <string_view>

#include "server/protocol/response.h"

namespace mpim {

// Appends one whole text: chat_result for a chat, and so on; error for an Error. `tag` is the one
// that came with the request. The rows of a list are an array in the one answer.
void write_answer(const Response& response, std::string_view tag, std::string& out);

}  // namespace mpim
