#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_login(Repl& repl, std::string_view arguments) {
  if (arguments.empty()) return repl.tell(Error{Code::kBadRequest, "/login needs a name"});
  if (arguments.find(' ') != std::string_view::npos)
    return repl.tell(Error{Code::kBadRequest, "only the name; the password is asked for"});
  repl.log_in(std::string(arguments), false);
}

}  // namespace mpim::chat
