// What a JSON text must be before anybody reads its fields: asked on every door that takes JSON.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/core/result.h"
#include "server/protocol/json/json_cursor.h"

namespace mpim {

// Refuses what the contract never holds, or what two readers might read in two ways: more than
// `depth_max` arrays and objects in each other, an object with the same key twice, a number with a
// fraction or an exponent. One pass without recursion; memory of a few times the text's.
// Errors   kBadText for invalid UTF-8, a NUL or half a surrogate pair, else kBadRequest. The
//          sentence names the field, or the place.
Result<void> guard_json(std::string_view text, uint32_t depth_max);

// Takes whatever value comes next, and looks at nothing but that it is JSON:
// not at what is escaped in its strings.
Result<void> skip_value(JsonCursor& cursor);

}  // namespace mpim
