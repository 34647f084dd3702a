#include "server/gateway/connection/may_ask.h"

#include "server/protocol/verbs/verbs.h"

namespace mpim {

bool is_login(const Request& request) {
  return std::holds_alternative<LoginRequest>(request) ||
         std::holds_alternative<AuthRequest>(request) ||
         std::holds_alternative<RegisterRequest>(request);
}

std::optional<Error> may_ask(const Request& request, bool logged_in) {
  if (!logged_in && needs_session(request)) {
    return Error{Code::kNotLoggedIn, "log in first"};
  }
  return std::nullopt;
}

}  // namespace mpim
