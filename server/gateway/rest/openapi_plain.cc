#include "server/gateway/rest/openapi_plain.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mpim {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSchemas = R"json({
  "Credentials": {"type": "object", "additionalProperties": false, "required": ["name", "password"],
    "properties": {
      "name": {"type": "string"}, "password": {"type": "string"},
      "device": {"type": "string", "default": "default"}}},
  "RefreshToken": {"type": "object", "additionalProperties": false, "required": ["refreshToken"],
    "properties": {"refreshToken": {"type": "string"}}},
  "TokenPair": {"type": "object", "additionalProperties": false,
    "required": ["userId", "device", "accessToken", "tokenType", "expiresIn", "refreshToken"],
    "properties": {
      "userId": {"type": "string", "pattern": "^[0-9]+$"}, "device": {"type": "string"},
      "accessToken": {"type": "string"}, "tokenType": {"const": "Bearer"},
      "expiresIn": {"type": "integer", "minimum": 1, "description": "seconds"},
      "refreshToken": {"type": "string", "description": "good for one use"}}},
  "File": {"type": "object", "additionalProperties": false,
    "required": ["id", "bytes", "mime", "name", "sha256"],
    "properties": {
      "id": {"type": "string", "pattern": "^[0-9]+$"}, "bytes": {"type": "integer", "minimum": 0},
      "mime": {"type": "string"}, "name": {"type": "string"},
      "createdAt": {"type": "integer", "description": "in a list alone"},
      "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}},
  "Files": {"type": "object", "additionalProperties": false, "required": ["files", "more"],
    "properties": {
      "files": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
      "more": {"type": "boolean"}}},
  "Server": {"type": "object", "additionalProperties": false,
    "required": ["name", "version", "websocket", "registerOpen"],
    "properties": {
      "name": {"const": "mpim"}, "version": {"type": "string"},
      "websocket": {"type": "string", "description": "the port of WebSocket on this host"},
      "registerOpen": {"type": "boolean"}}},
  "Health": {"type": "object", "additionalProperties": false, "required": ["status", "checks"],
    "properties": {
      "status": {"enum": ["ok", "degraded"]},
      "checks": {"type": "array", "items": {"type": "object", "additionalProperties": false,
        "required": ["name", "ok", "forMs"],
        "properties": {
          "name": {"type": "string"}, "ok": {"type": "boolean"},
          "forMs": {"type": "integer", "minimum": 0}}}}}}
})json";

struct Plain {
  const char* path;
  const char* method;
  const char* takes;  // the request's body: a schema, a media type, or nothing
  int status;
  const char* answers;  // likewise
  bool open;            // to everybody, without a token
  const char* about;
};

constexpr Plain kPlain[] = {
    {"/api/files", "get", "", 200, "Files", false, "One's own uploads, ascending by id."},
    {"/api/files", "post", "*/*", 201, "File", false, "Uploads the body."},
    {"/api/files/{id}", "delete", "", 200, "", false, "Removes an upload that no message has."},
    {"/api/files/{id}", "get", "", 200, "*/*", false, "The bytes, or a range of them."},
    {"/api/login", "post", "Credentials", 200, "TokenPair", true, "Tokens for a password."},
    {"/api/logout", "post", "", 200, "", false, "Ends every token of the device."},
    {"/api/refresh", "post", "RefreshToken", 200, "TokenPair", true,
     "New tokens for a refresh token, once."},
    {"/api/register", "post", "Credentials", 201, "TokenPair", true, "A new account, logged in."},
    {"/api/server", "get", "", 200, "Server", true, "What a client must know before it logs in."},
    {"/healthz", "get", "", 200, "Health", true, "Does the node work?"},
    {"/metrics", "get", "", 200, "text/plain", true,
     "Counters and gauges, as Prometheus reads them."},
    {"/readyz", "get", "", 200, "Health", true, "Should it be sent clients?"},
};

ordered_json content(std::string_view what) {
  if (what.find('/') != what.npos) return {{what, ordered_json::object()}};
  const std::string schema = "#/components/schemas/" + std::string(what);
  return {{"application/json", {{"schema", {{"$ref", schema}}}}}};
}

ordered_json parameters(std::string_view path) {
  const auto number = [](const char* name, const char* place, bool required) {
    return ordered_json{{"name", name},
                        {"in", place},
                        {"required", required},
                        {"schema", {{"type", "string"}, {"pattern", "^[0-9]+$"}}}};
  };
  if (path.ends_with("{id}")) return ordered_json::array({number("id", "path", true)});
  return ordered_json::array({number("after", "query", false), number("limit", "query", false)});
}

ordered_json operation(const Plain& of) {
  std::string id = std::string(of.method) + of.path;
  std::erase_if(id, [](char c) { return c == '{' || c == '}'; });
  std::ranges::replace(id, '/', '_');
  ordered_json made = {{"tags", {of.takes[0] == 0 && of.open ? "Node" : "REST"}},
                       {"operationId", id},
                       {"summary", of.about}};
  if (of.open) made["security"] = ordered_json::array();
  const std::string_view path = of.path;
  if (path.ends_with("{id}") || id == "get_api_files") made["parameters"] = parameters(path);
  if (*of.takes != 0) made["requestBody"] = {{"required", true}, {"content", content(of.takes)}};
  ordered_json done = {{"description", "Done."}};
  if (*of.answers != 0) done["content"] = content(of.answers);
  made["responses"] = {{std::to_string(of.status), std::move(done)},
                       {"default", {{"description", "Why not."}, {"content", content("Error")}}}};
  if (std::string_view(of.answers) == "Health")
    made["responses"]["503"] = {{"description", "It does not."}, {"content", content("Health")}};
  return made;
}

}  // namespace

ordered_json openapi_plain() {
  ordered_json made = {{"paths", ordered_json::object()},
                       {"schemas", ordered_json::parse(kSchemas)}};
  for (const Plain& each : kPlain) made["paths"][each.path][each.method] = operation(each);
  return made;
}

}  // namespace mpim
