#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_conversations(Repl& repl, std::string_view) {
  repl.link().ask("CONVERSATIONS limit=50", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    if (answer->rows.empty()) return repl.tell("no conversations yet: /to WHOM begins one");
    for (const ListLine& row : answer->rows) {
      const Fields& of = row.fields;
      const GroupId group(of.number("group").value_or(0));
      const UserId user(of.number("user").value_or(0));
      if (group) repl.people().learn(group, of.text("name"));
      if (!group) repl.people().learn(user, of.text("name"));
      const uint64_t unread = of.number("unread").value_or(0);
      const std::string mark = unread > 0 ? fmt::format("({} unread)  ", of.text("unread")) : "";
      const std::string said = of.text("state") == "recalled" ? "(recalled)" : of.text("text");
      repl.tell(fmt::format("{}{}  {}{}", group ? "#" : "", of.text("name"), mark, said));
    }
    if (answer->ok.fields.number("more").value_or(0) != 0) repl.tell("and more");
  });
}

}  // namespace mpim::chat
