#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

// As TYPING takes it.
std::string place_of(const Destination& to) {
  if (const auto* const group = std::get_if<GroupId>(&to))
    return fmt::format("group={}", group->value);
  return typed_form(to);
}

}  // namespace

void run_typing(Repl& repl, std::string_view) {
  if (!repl.current())
    return repl.tell(Error{Code::kBadRequest, "nobody to talk to yet: /to NAME"});
  repl.link().ask("TYPING " + place_of(*repl.current()), [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) repl.tell(answer.error());
  });
}

}  // namespace mpim::chat
