#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_away(Repl& repl, std::string_view) {
  repl.link().ask("AWAY", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    repl.tell("you are shown as away until /back");
  });
}

void run_back(Repl& repl, std::string_view) {
  repl.link().ask("BACK", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    repl.tell("you are shown as online");
  });
}

}  // namespace mpim::chat
