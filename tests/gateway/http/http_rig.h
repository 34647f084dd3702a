// An HTTP server with routes that tell what they saw.
#pragma once

#include <string>
#include <vector>

#include "server/gateway/http/http_server.h"
#include "tests/gateway/gateway_rig.h"

namespace mpim {

// POST /echo answers the body, GET /path... the path, GET /later when the test does. What reached a
// route is in `served`.
struct HttpEcho {
  explicit HttpEcho(const HttpServerOptions& options = {}) : server(loop, options) {
    server.route(HttpMethod::kPost, "/echo", [this](const HttpRequest& request, HttpResponder to) {
      served.push_back("/echo " + std::string(request.body));
      to({200, std::string(request.body), "text/plain"});
    });
    server.route_prefix(
        HttpMethod::kGet, "/path", [this](const HttpRequest& request, HttpResponder to) {
          served.emplace_back(request.path);
          to({200, std::string(request.path) + "?" + std::string(request.query), "text/plain"});
        });
    server.route(HttpMethod::kGet, "/later", [this](const HttpRequest&, HttpResponder to) {
      served.emplace_back("/later");
      kept.push_back(std::move(to));
    });
    address = server.listen_on_tcp("127.0.0.1:0").value();
  }
  ~HttpEcho() { loop.stop(); }
  void start() { loop.start(); }

  std::vector<std::string> seen() {
    return ask(loop, [this] { return served; });
  }

  EventLoop loop{"http"};
  HttpServer server;
  std::string address;
  std::vector<std::string> served;
  std::vector<HttpResponder> kept;
};

}  // namespace mpim
