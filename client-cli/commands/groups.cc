#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_groups(Repl& repl, std::string_view) {
  repl.link().ask("GROUPS", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    if (answer->rows.empty())
      return repl.tell("you are in no group; /create NAME or /join #NUMBER");
    for (const ListLine& row : answer->rows) {
      const GroupId group(row.fields.number("id").value_or(0));
      repl.people().learn(group, row.fields.text("name"));
      repl.tell(fmt::format("#{}  {}  members: {}", group.value, row.fields.text("name"),
                            row.fields.text("members")));
    }
  });
}

}  // namespace mpim::chat
