#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_to(Repl& repl, std::string_view arguments) {
  if (arguments.empty())
    return repl.tell(Error{Code::kBadRequest, "/to needs somebody: bob, 1002, #1001 or #tea"});
  const auto to = repl.people().find(arguments);
  if (!to.ok()) return repl.tell(to.error());
  repl.talk_to(*to);
}

}  // namespace mpim::chat
