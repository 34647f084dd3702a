#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_join(Repl& repl, std::string_view arguments) {
  const auto group = repl.group(arguments);
  if (arguments.empty() || !group.ok())
    return repl.tell(arguments.empty()
                         ? Error{Code::kBadRequest, "/join needs a group, as in #1001"}
                         : group.error());
  repl.link().ask(fmt::format("JOINGROUP {}", group->value),
                  [&repl, joined = *group](const Result<Answer>& answer) {
                    const bool there = !answer.ok() && answer.error().code == Code::kExists;
                    if (!answer.ok() && !there) return repl.tell(answer.error());
                    if (!there && answer->ok.fields.has("pending"))
                      return repl.tell("asked: one of its admins must let you in");
                    repl.tell(there ? "you are in it already" : "joined");
                    repl.talk_to(joined);
                    repl.refresh_names();
                  });
}

}  // namespace mpim::chat
