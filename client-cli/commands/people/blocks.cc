// /block, /unblock, /blocks.
#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/commands/people/whom.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_block(Repl& repl, std::string_view arguments) {
  ask_about(repl, "BLOCK", arguments, "{} is blocked: neither writes to the other");
}

void run_unblock(Repl& repl, std::string_view arguments) {
  ask_about(repl, "UNBLOCK", arguments, "{} may write to you again");
}

void run_blocks(Repl& repl, std::string_view) {
  repl.link().ask("BLOCKS limit=1000", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    if (answer->rows.empty()) return repl.tell("you have blocked nobody");
    for (const ListLine& row : answer->rows)
      repl.tell(fmt::format("{}  {}", row.fields.text("uid"), row.fields.text("name")));
    if (answer->ok.fields.number("more").value_or(0) != 0) repl.tell("and more");
  });
}

}  // namespace mpim::chat
