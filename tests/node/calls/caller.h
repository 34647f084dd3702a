// Somebody who calls a node over HTTP, in JSON or in binary.
#pragma once

#include <string>
#include <vector>

#include "server/protocol/wire/wire_methods.h"
#include "tests/node/node_rig.h"

namespace mpim::testing {

// One request with whatever headers, on a connection of its own.
struct CallOptions {
  std::string headers = "";  // each ended by CR LF
  bool chunked = false;
};

class Person {
 public:
  // Registers, and keeps the line on which that was done; its device is `default`.
  Person(NodeRig& rig, const std::string& name);

  HttpReceived post(const std::string& path, const std::string& body,
                    const std::string& type = "application/json", const CallOptions& options = {});
  HttpReceived get(const std::string& target);
  // A method by its WebSocket type, in JSON.
  HttpReceived ask(std::string_view type, const nlohmann::json& request,
                   const CallOptions& options = {});
  // The same, which must succeed; in binary on the wire, if `binary`.
  nlohmann::json call(std::string_view type, const nlohmann::json& request, bool binary = false);
  // The code of a refusal.
  std::string refused(std::string_view type, const nlohmann::json& request);

  std::string uid;
  std::string token;
  LineConnection line;

 private:
  HttpReceived send(const std::string& method, const std::string& target, const std::string& head,
                    const std::string& body);
  NodeRig& rig_;
};

std::string path_of(const wire::Method& method);

}  // namespace mpim::testing
