#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_members(Repl& repl, std::string_view arguments) {
  const auto group = repl.group(arguments);
  if (!group.ok()) return repl.tell(group.error());
  repl.link().ask(fmt::format("MEMBERS {}", group->value), [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    for (const ListLine& row : answer->rows) {
      const UserId user(row.fields.number("uid").value_or(0));
      repl.people().learn(user, row.fields.text("name"));
      const std::string role = row.fields.text("role");
      repl.tell(fmt::format("{}  {}{}{}", user.value, row.fields.text("name"),
                            role == "member" ? "" : "  ", role == "member" ? "" : role));
    }
    if (answer->ok.fields.number("more").value_or(0) != 0) repl.tell("and more");
  });
}

}  // namespace mpim::chat
