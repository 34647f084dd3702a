// A node in this process, in a directory of its own, and the two ways to talk to it.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/node/node.h"
#include "tests/support/line_connection.h"

namespace mpim::testing {

// Removed with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = "/tmp/mpim-node-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Free ports, cheap hashes, short waits.
inline Settings settings_in(const std::string& dir) {
  Settings settings;
  settings.data.dir = dir;
  settings.line.listen = "127.0.0.1:0";
  settings.ws.listen = "127.0.0.1:0";
  settings.http.listen = "127.0.0.1:0";
  settings.admin.socket = dir + "/admin.sock";
  settings.server.workers = 2;
  settings.server.drain_timeout_ms = 2'000;
  settings.auth.argon2_memory_kib = 8;
  settings.auth.argon2_passes = 1;
  settings.session.sweep_ms = 50;
  return settings;
}

// An answer to one HTTP request.
struct HttpReceived {
  int status = 0;
  std::string head;
  std::string body;
  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

// One request over a Unix path, or over TCP when `where` is ADDR:PORT, on a connection of its own.
HttpReceived http_request(const std::string& where, const std::string& method,
                          const std::string& target, const std::string& body = "",
                          const std::string& content_type = "application/json");

// The same with bytes of one's own, on a connection that the server closes.
HttpReceived http_exchange(const std::string& where, const std::string& request);

class NodeRig {
 public:
  NodeRig() : NodeRig([](Settings&) {}) {}
  explicit NodeRig(void (*adjust)(Settings&)) : settings(settings_in(dir.path())) {
    adjust(settings);
    start();
  }

  void start() {
    Result<std::unique_ptr<Node>> started = Node::start(settings);
    REQUIRE(started.ok());
    node = std::move(started).value();
  }
  void stop() {
    node->stop();
    node.reset();
  }
  LineConnection client() {
    LineConnection connection(node->addresses().line);
    REQUIRE(connection.next_line()->starts_with("+OK welcome"));
    return connection;
  }
  LineConnection enrolled(const std::string& name, const std::string& options = "") {
    LineConnection connection = client();
    REQUIRE(connection.ask("REGISTER " + name + " password").starts_with("+OK uid="));
    if (options.empty()) return connection;
    LineConnection again = client();
    REQUIRE(again.ask("LOGIN " + name + " password " + options).starts_with("+OK uid="));
    return again;
  }
  HttpReceived admin(const std::string& method, const nlohmann::json& request) {
    return http_request(node->addresses().admin, "POST", "/mpim.v1.AdminService/" + method,
                        request.dump());
  }
  // The answer of a call that succeeds.
  nlohmann::json call(const std::string& method, const nlohmann::json& request) {
    const HttpReceived answer = admin(method, request);
    INFO(method << ": " << answer.body);
    REQUIRE(answer.status == 200);
    return answer.json();
  }

  ScratchDirectory dir;
  Settings settings;
  std::unique_ptr<Node> node;
};

}  // namespace mpim::testing
