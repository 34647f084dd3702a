#include "client-cli/commands/people/whom.h"

#include <fmt/format.h>

#include "client-cli/repl/repl.h"

namespace mpim::chat {

Result<std::string> whom(Repl& repl, std::string_view typed) {
  if (typed.empty()) return Error{Code::kBadRequest, "name somebody, as in bob or 1002"};
  MPIM_TRY(const Destination to, repl.people().find(typed));
  if (std::holds_alternative<GroupId>(to))
    return Error{Code::kBadRequest, "that is a group; name a person"};
  return typed_form(to);
}

void ask_about(Repl& repl, std::string_view verb, std::string_view typed, std::string_view done) {
  const auto name = whom(repl, typed);
  if (!name.ok()) return repl.tell(name.error());
  const std::string text = fmt::format(fmt::runtime(done), typed);
  repl.link().ask(fmt::format("{} {}", verb, *name), [&repl, text](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    const bool friends = answer->ok.fields.text("state") == "friends";
    repl.tell(friends ? "you are friends now" : text);
  });
}

}  // namespace mpim::chat
