#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_leave(Repl& repl, std::string_view arguments) {
  const auto group = repl.group(arguments);
  if (!group.ok()) return repl.tell(group.error());
  repl.link().ask(fmt::format("LEAVEGROUP {}", group->value),
                  [&repl, left = *group](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    repl.tell("left " + repl.people().name_of(left));
                    repl.people().forget(left);
                    if (repl.current() == Destination(left)) repl.talk_to(std::nullopt);
                  });
}

}  // namespace mpim::chat
