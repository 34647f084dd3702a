// The head of an answer, as it goes over the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/clock.h"

namespace mpim {

struct HttpAnswer;

// "Not Found"; empty for a status that has no words here.
std::string_view http_reason(uint16_t status);

// An answer of this status never has a body (RFC 9110, 6.4.1).
bool http_bodiless(uint16_t status);

// Status line and headers of `answer`, with the empty line. `connection`:
// what becomes of it ("close", "keep-alive"), or nothing. A header whose value is no single line is
// left out.
std::string http_answer_head(const HttpAnswer& answer, Timestamp now, std::string_view connection);

}  // namespace mpim
