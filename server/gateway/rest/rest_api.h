// REST where people expect it: the same calls under plain paths.
#pragma once

#include <span>
#include <string_view>

#include "server/gateway/http/http_server.h"
#include "server/gateway/rpc/call_door.h"

namespace mpim {

// A parameter of the query, and the field of the method's request that it sets.
struct RestField {
  std::string_view query;  // "lastMessageId"
  std::string_view field;  // "after", as JSON calls it
};

// What a field is when neither it nor `unless` was given.
struct RestDefault {
  std::string_view field;
  std::string_view value;
  std::string_view unless;
};

// One row of the table. Without fields of its own a GET takes every field of the request under its
// JSON name; a POST takes them in a JSON body.
struct RestRow {
  HttpMethod method = HttpMethod::kGet;
  std::string_view path;
  std::string_view type;  // the method, as wire::find_type knows it
  std::span<const RestField> fields = {};
  std::span<const RestDefault> defaults = {};
  std::string_view about;  // in one line
};
std::span<const RestRow> rest_rows();

// Adds every row. `door` must outlive the routes.
// Errors   {"code":"NOT_FOUND","message":"..."} with the registry's status; kBadRequest for a
//          parameter that the path does not take, comes twice or is no number.
void add_rest_api(HttpServer& server, CallDoor& door);

}  // namespace mpim
