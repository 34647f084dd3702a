// The contract's messages as JSON and back, by their descriptors: names in lowerCamelCase, 64-bit
// numbers as strings, what is empty or zero left out.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "server/core/result.h"
#include "server/protocol/json/json_cursor.h"

namespace mpim {

// Takes one object into `out`, which is empty. Stricter than protobuf's own reader: names are the
// JSON ones alone, each at most once; null, fractions, exponents and negative numbers are values of
// no field; an array has at most kPullMax elements.
// Errors   kBadRequest that names the field; kBadText for a NUL or half a surrogate pair.
Result<void> read_contract(JsonCursor& cursor, google::protobuf::Message& out);

// Appends one object.
void write_contract(const google::protobuf::Message& from, std::string& out);

}  // namespace mpim
