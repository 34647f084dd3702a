// What an entry of a log says, in one line for people.
#pragma once

#include "ops/call.h"

namespace mpim::ops {

// Of a message its text, with its type and file before it: "[image 12] the lake"; "[recalled]". Of
// any other entry what was done to whom: "carol is admin", "took back 7516192769".
std::string entry_text(const Value& entry);

// `item`, with that line as "shown" for the columns of a table. JSON stays as the server says it.
Value with_text(const Call& call, Value item, const Value& entry);
Value::List with_texts(const Call& call, const Value::List& entries);

}  // namespace mpim::ops
