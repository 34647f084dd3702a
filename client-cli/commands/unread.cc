#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_unread(Repl& repl, std::string_view) {
  repl.link().ask("UNREAD", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    repl.learn_unread(answer->rows);
    if (answer->rows.empty()) return repl.tell("nothing new");
    for (const ListLine& row : answer->rows) {
      const auto with = repl.people().behind(ConversationId(row.fields.number("conv").value_or(0)));
      repl.tell(fmt::format("{} from {}", row.fields.text("count"),
                            with ? repl.people().name_of(*with) : "somebody"));
    }
  });
}

}  // namespace mpim::chat
