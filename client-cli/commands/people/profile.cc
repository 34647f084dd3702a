// /profile and /setprofile.
#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/commands/people/whom.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

void show(Repl& repl, const Result<Answer>& answer) {
  if (!answer.ok()) return repl.tell(answer.error());
  const Fields& fields = answer->ok.fields;
  repl.people().learn(UserId(fields.number("uid").value_or(0)), fields.text("name"));
  repl.tell(fmt::format("{}  {}", fields.text("uid"), fields.text("name")));
  if (fields.text("display") != "") repl.tell("  display: " + fields.text("display"));
  if (fields.text("about") != "") repl.tell("  about: " + fields.text("about"));
  if (fields.number("avatar").value_or(0) != 0)
    repl.tell("  picture: file " + fields.text("avatar"));
  if (fields.has("direct_messages"))
    repl.tell("  direct messages from: " + fields.text("direct_messages"));
}

}  // namespace

void run_profile(Repl& repl, std::string_view arguments) {
  std::string line = "PROFILE";
  if (!arguments.empty()) {
    const auto name = whom(repl, arguments);
    if (!name.ok()) return repl.tell(name.error());
    line += " " + *name;
  }
  repl.link().ask(line, [&repl](const Result<Answer>& answer) { show(repl, answer); });
}

void run_set_profile(Repl& repl, std::string_view arguments) {
  if (arguments.empty() || arguments.find('\n') != std::string_view::npos)
    return repl.tell(
        Error{Code::kBadRequest,
              "/setprofile display=\"A B\" about=\"...\" avatar=7 direct_messages=friends"});
  repl.link().ask(fmt::format("SETPROFILE {}", arguments),
                  [&repl](const Result<Answer>& answer) { show(repl, answer); });
}

}  // namespace mpim::chat
