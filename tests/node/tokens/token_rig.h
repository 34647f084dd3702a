// A node whose tokens are made by the test: it reads the node's own key, as a thief of it would.
#pragma once

#include "server/service/tokens/jwt.h"
#include "server/store/sql/open.h"
#include "tests/node/node_rig.h"

namespace mpim::testing {

using nlohmann::json;

struct Shown {
  std::string user;
  std::string device;
  std::string access;
  std::string refresh;
};

class TokenRig : public NodeRig {
 public:
  TokenRig() : NodeRig([](Settings& with) { with.tokens.leeway_s = 0; }) {}
  explicit TokenRig(void (*adjust)(Settings&)) : NodeRig(adjust) {}

  std::string http() const { return node->addresses().http; }
  HttpReceived post(const std::string& path, const json& body, const std::string& token = "") {
    return post_text(path, body.dump(), token);
  }
  HttpReceived post_text(const std::string& path, const std::string& text,
                         const std::string& token = "",
                         const std::string& type = "application/json") {
    return http_exchange(
        http(), "POST " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                    (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") +
                    "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(text.size()) +
                    "\r\n\r\n" + text);
  }
  HttpReceived files(const std::string& token) {
    return http_exchange(http(),
                         "GET /api/files HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
                         "Authorization: Bearer " +
                             token + "\r\n\r\n");
  }
  HttpReceived operate(const std::string& method, const json& body, const std::string& token) {
    return post("/mpim.v1.AdminService/" + method, body, token);
  }
  static Shown shown(const HttpReceived& answer) {
    INFO(answer.head << answer.body);
    REQUIRE((answer.status == 200 || answer.status == 201));
    const json told = answer.json();
    return {told.at("userId"), told.at("device"), told.at("accessToken"), told.at("refreshToken")};
  }
  Shown register_user(const std::string& name, const std::string& device = "web") {
    return shown(
        post("/api/register", {{"name", name}, {"password", "password"}, {"device", device}}));
  }
  Shown log_in(const std::string& name, const std::string& password = "password",
               const std::string& device = "web") {
    return shown(post("/api/login", {{"name", name}, {"password", password}, {"device", device}}));
  }
  std::string auth(const std::string& token) { return client().ask("AUTH " + token); }
  bool works(const std::string& token) {
    const bool line = auth(token).starts_with("+OK");
    CHECK((files(token).status == 200) == line);
    return line;
  }
  // The node's keys, from its database.
  std::vector<SigningKey> keys() {
    auto store = open_sqlite_store(sqlite_path(dir.path()), {.read_only = true});
    REQUIRE(store.ok());
    return (*store)->tokens().keys(Timestamp{0}).value();
  }
};

}  // namespace mpim::testing
