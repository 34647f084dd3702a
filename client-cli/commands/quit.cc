#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_quit(Repl& repl, std::string_view) { repl.quit(); }

}  // namespace mpim::chat
