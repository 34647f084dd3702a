#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"
#include "server/contract/names.h"

namespace mpim::chat {

void run_create(Repl& repl, std::string_view arguments) {
  const std::string_view name = arguments.substr(0, arguments.find(' '));
  std::string_view about = arguments.substr(name.size());
  if (!about.empty()) about.remove_prefix(1);
  const auto valid = group_name(name);
  if (!valid.ok()) return repl.tell(valid.error());
  const std::string description = about.empty() ? "" : " " + quote(about);
  repl.link().ask("CREATEGROUP " + quote(name) + description, [&repl, made = *valid](
                                                                  const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    const GroupId group(answer->ok.fields.number("group_id").value_or(0));
    repl.people().learn(group, made);
    repl.tell(fmt::format("made #{}: others come in with /join #{}", made, group.value));
    repl.talk_to(group);
  });
}

}  // namespace mpim::chat
