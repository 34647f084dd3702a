// Which requests a connection may make before and after its log-in.
#pragma once

#include <optional>

#include "server/protocol/request.h"

namespace mpim {

// kNotLoggedIn: the verb needs a session. kBadRequest: a log-in on a connection that has one.
std::optional<Error> may_ask(const Request& request, bool logged_in);

}  // namespace mpim
