// What is served over HTTP beside the contract, as the OpenAPI document describes it.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace mpim {

// {"paths":{...},"schemas":{...}}: accounts and tokens, uploads, the server's card, health and
// metrics. Its references are to its own schemas and to Error.
nlohmann::ordered_json openapi_plain();

}  // namespace mpim
