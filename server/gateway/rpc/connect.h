// The Connect protocol's unary calls: how a request says what it is, and how answers and errors are
// written. https://connectrpc.com/docs/protocol
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>

#include "server/gateway/http/http_server.h"

namespace mpim {

enum class CallFormat : uint8_t { kJson, kBinary };

// How a request of another content type is refused: 415. None: it may be a call.
std::optional<HttpAnswer> wrong_type(const HttpRequest& request);

// What the head of a call says. kBadRequest: another version of the protocol, or no time;
// kUnknownCommand: a body that is compressed.
struct CallHead {
  CallFormat format = CallFormat::kJson;
  std::optional<Millis> timeout;  // as the client asks
};
Result<CallHead> call_head(const HttpRequest& request);

// Arrays and objects in each other: more than any message of the contract has.
inline constexpr uint32_t kCallDepthMax = 32;
// kBadRequest: not this message, or a field that the contract does not have; what guard_json and
// read_contract of protocol/json answer: JSON is read here as on the WebSocket.
Result<void> parse_message(std::string_view body, CallFormat format,
                           google::protobuf::Message& into);
// Fields that are empty are left out of JSON, or written too.
enum class Empties : uint8_t { kLeftOut, kWritten };
HttpAnswer call_answer(const google::protobuf::Message& message, CallFormat format,
                       Empties empties);
Result<std::string> json_of(const google::protobuf::Message& message, Empties empties);

// {"code":"not_found","message":"...","mpimCode":"NOT_FOUND"}, with the code's status.
HttpAnswer call_error(const Error& error);

}  // namespace mpim
