// Who and what is meant by what a person typed.
#pragma once

#include <string_view>

#include "ops/call.h"
#include "ops/contract.h"

namespace mpim::ops {

// Only digits are an id, all else is a name: a name never has digits alone. A leading @ is dropped.
v1::UserRef user_ref(std::string_view typed);

// The id of a group, conversation or message. kBadRequest names `what` it should have been.
Result<uint64_t> id_typed(Call& call, std::string_view what, const std::string& typed);

// A refusal that the server words for the user it acts for: as it is told to `typed`, so that an
// operator does not take its "you" for himself. Other errors stay as they are.
Error told_to(std::string_view typed, Error error);

}  // namespace mpim::ops
