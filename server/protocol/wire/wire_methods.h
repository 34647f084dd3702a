// Every method of the contract that a user may call: how its request is read, and how its answer is
// written. The doors that speak JSON or protobuf all go by this table.
//
// Threads  any: the table never changes.
#pragma once

#include <google/protobuf/message.h>

#include <span>
#include <string_view>

#include "server/protocol/response.h"
#include "server/protocol/wire/wire_requests.h"

namespace mpim::wire {

// One row of the table.
struct Method {
  std::string_view service;  // "MessageService"
  std::string_view name;     // "SendMessage"; the table is sorted by service and name
  std::string_view type;     // "chat": what the WebSocket calls it
  const google::protobuf::Message& (*request)();  // empty ones, to make others of
  const google::protobuf::Message& (*response)();
  // `in` is a message of request()'s type. Errors as request_from of wire_requests.h.
  Parsed (*from)(const google::protobuf::Message& in, const WireLimits& limits);
  // `out` is a message of response()'s type. The error that `response` is, if it is one; kInternal
  // when it answers something else.
  Result<void> (*to)(const Response& response, google::protobuf::Message& out);
};

std::span<const Method> all_methods();
const Method* find_method(std::string_view service, std::string_view name);  // nullptr: none
const Method* find_type(std::string_view type);                              // nullptr: none

}  // namespace mpim::wire
