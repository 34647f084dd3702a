// The console: the page at / and the files that it is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/gateway/http/http_server.h"

namespace mpim {

// Where the WebSocket listens, as it got it: "127.0.0.1:9001"; empty: nowhere. Asked on the
// server's loop, for each page.
using WebSocketAddress = std::function<std::string()>;

// Adds GET / and GET /assets/<name>, as they are in the binary; HEAD comes with them.
// Limits   a file whose name has its hash may be kept for ever, the page is asked for each time;
//          both answer 304 to who has them.
// Errors   another name below /assets/ is 404 NOT_FOUND.
//
// The page may load scripts, styles and pictures of this server alone, nothing inline, and connect
// to it and to the WebSocket at the same host; nobody may put it into a frame.
void add_web_console(HttpServer& server, WebSocketAddress websocket);

// The Content-Security-Policy of the page, for who asked for it at `host` (the header as it came:
// whatever is no plain name or IPv4 address of a host is left out of it).
std::string console_policy(std::string_view host, std::string_view websocket);

}  // namespace mpim
