// What is served over HTTP, as an OpenAPI 3.1 document.
#pragma once

#include <string>

#include "server/gateway/http/http_server.h"

namespace mpim {

// Made from the contract's descriptors and the table of plain paths: every method of every service,
// and every message they name.
// Threads  any.
std::string openapi_document();

// Adds GET /openapi.json; the document is made once.
void add_openapi(HttpServer& server);

}  // namespace mpim
