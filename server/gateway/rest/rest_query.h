// A request of the contract, read from the parameters of a query.
#pragma once

#include <google/protobuf/message.h>

#include <span>
#include <string_view>

#include "server/gateway/rest/rest_api.h"

namespace mpim {

// Threads  any: a function of its arguments.
// Errors   kBadRequest: a parameter that is not known, comes twice, or is no number within its
//          type's range.
Result<void> read_query(std::string_view query, const RestRow& row,
                        google::protobuf::Message& into);

}  // namespace mpim
