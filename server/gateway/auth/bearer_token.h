// The token that an HTTP request shows.
#pragma once

#include <string>
#include <string_view>

#include "server/gateway/http/http_server.h"

namespace mpim {

// Of an `Authorization: Bearer <token>`; the scheme in any case. Empty: there is none.
std::string bearer_token(std::string_view authorization);

// http_error(), with WWW-Authenticate on 401 and Retry-After where it makes sense to try again.
HttpAnswer http_refusal(const Error& error);
// Those headers alone.
void add_refusal_headers(const Error& error, HttpAnswer& answer);

}  // namespace mpim
