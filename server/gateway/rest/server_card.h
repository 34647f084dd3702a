// What a client must know of a server before it logs in.
#pragma once

#include <functional>
#include <string>

#include "server/gateway/http/http_server.h"

namespace mpim {

struct ServerCard {
  std::function<std::string()> websocket;  // ADDR:PORT of its listener, once that is open
  std::function<bool()> register_open;     // whether strangers may register
};

// Adds GET /api/server, for everybody: {"name":"mpim","version":"...","websocket":"9001",
// "registerOpen":true}. `websocket` is the port, on whatever host the client has reached.
void add_server_card(HttpServer& server, ServerCard card);

}  // namespace mpim
