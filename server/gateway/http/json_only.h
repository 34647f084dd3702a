// Routes that take JSON and nothing else.
#pragma once

#include <optional>

#include "server/gateway/http/http_server.h"

namespace mpim {

// How a body that is no JSON, or is compressed, is refused: 415. None: it may be JSON. A form of
// another site cannot say that it is (Fetch Standard, 2.2.2: it would have to ask first).
std::optional<HttpAnswer> not_json(const HttpRequest& request);

}  // namespace mpim
