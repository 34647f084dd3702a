#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_reconnect(Repl& repl, std::string_view) {
  if (repl.link().account().name.empty())
    return repl.tell(Error{Code::kNotLoggedIn, "/login NAME first"});
  repl.link().reconnect();
}

}  // namespace mpim::chat
