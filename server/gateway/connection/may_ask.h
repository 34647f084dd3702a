// Which requests a connection may make before and after its log-in.
#pragma once

#include <optional>

#include "server/protocol/request.h"

namespace mpim {

// LOGIN, AUTH and REGISTER: whoever was logged in on the connection leaves first.
bool is_login(const Request& request);
// kNotLoggedIn: the verb needs a session.
std::optional<Error> may_ask(const Request& request, bool logged_in);

}  // namespace mpim
