// The user services of the contract as Connect unary calls.
#pragma once

#include "server/gateway/http/http_server.h"
#include "server/gateway/rpc/call_door.h"

namespace mpim {

// Adds POST /mpim.v1.<Service>/<Method> for every method of wire::all_methods(), JSON or binary
// protobuf. `door` must outlive the routes.
// Errors   as connect.h writes them: an unknown method is UNKNOWN_COMMAND (404), another content
//          type 415. A body over the server's bound never comes here.
void add_rpc_api(HttpServer& server, CallDoor& door);

}  // namespace mpim
