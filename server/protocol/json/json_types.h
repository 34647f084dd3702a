// The types of request there are in the JSON envelope: one table says how each payload is read.
//
// Threads  everything here is constant.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/core/errors.h"
#include "server/protocol/json/json_cursor.h"
#include "server/protocol/json/json_limits.h"
#include "server/protocol/request.h"

namespace mpim {

// One row of the table, which is sorted by name.
struct JsonTypeRow {
  std::string_view name;
  // Takes one object, the payload. nullptr: it is the request of the contract's method of this
  // type.
  Parsed (*read)(JsonCursor& payload, const JsonLimits& limits);

  bool of_contract() const { return read == nullptr; }
};

std::span<const JsonTypeRow> all_json_types();
const JsonTypeRow* find_json_type(std::string_view name);  // nullptr when there is none
// Takes the payload of such a request. Errors as json_payloads.h and wire_requests.h.
Parsed read_payload(const JsonTypeRow& row, JsonCursor& payload, const JsonLimits& limits);
// kUnknownCommand, naming the nearest type if one is near.
Error unknown_json_type(std::string_view typed);

// The place of a type in the table, from 1; 0 for none. And back: empty for none.
uint8_t number_of_type(std::string_view name);
std::string_view type_numbered(uint8_t number);

}  // namespace mpim
