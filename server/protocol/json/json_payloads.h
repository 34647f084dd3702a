// The payloads that are read by hand: the busy ones, and those that are about the session itself.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadRequest for an unknown, missing, doubled or wrong field, by its name; what
//          contract/convert and names answer. Sizes are those of JsonLimits.
#pragma once

#include "server/protocol/json/json_cursor.h"
#include "server/protocol/json/json_limits.h"
#include "server/protocol/json/json_values.h"
#include "server/protocol/request.h"

namespace mpim {

// The fields of one message to be sent, wherever they stand: in a payload or beside an id.
class JsonSendFields {
 public:
  static std::span<const std::string_view> names();

  explicit JsonSendFields(const JsonLimits& limits) : limits_(limits), fields_(names()) {}

  // Takes the value of the member `key`.
  Result<void> take(std::string_view key, JsonCursor& cursor);
  bool any() const { return fields_.any(); }
  // kBadRequest when something is missing.
  Parsed finish() &&;

 private:
  Result<void> to(Result<Recipient> recipient);

  const JsonLimits& limits_;
  JsonFields fields_;
  SendRequest send_;
  int recipients_ = 0;
};

// Each takes one object, the payload of a request.
Parsed read_chat(JsonCursor& payload, const JsonLimits& limits);
Parsed read_ack(JsonCursor& payload, const JsonLimits& limits);
Parsed read_ping(JsonCursor& payload, const JsonLimits& limits);
Parsed read_login(JsonCursor& payload, const JsonLimits& limits);
Parsed read_register(JsonCursor& payload, const JsonLimits& limits);
Parsed read_logout(JsonCursor& payload, const JsonLimits& limits);
Parsed read_watch(JsonCursor& payload, const JsonLimits& limits);
Parsed read_unwatch(JsonCursor& payload, const JsonLimits& limits);
Parsed read_away(JsonCursor& payload, const JsonLimits& limits);
Parsed read_back(JsonCursor& payload, const JsonLimits& limits);

}  // namespace mpim
