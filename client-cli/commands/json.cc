#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_json(Repl& repl, std::string_view) {
  repl.tell(repl.toggle_json() ? "what comes is shown as JSON" : "what comes is shown as text");
}

}  // namespace mpim::chat
