// /friends, /add, /accept, /reject, /unfriend: one file, because each is a line.
#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/commands/people/whom.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

std::string_view words_of(std::string_view state) {
  if (state == "asked") return "  (asked; no answer yet)";
  if (state == "requested") return "  (asks to be your friend: /accept or /reject)";
  return {};
}

}  // namespace

void run_friends(Repl& repl, std::string_view) {
  repl.link().ask("GETFRIENDS limit=1000", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    if (answer->rows.empty()) return repl.tell("no friends yet; /add NAME asks somebody");
    for (const ListLine& row : answer->rows) {
      const UserId user(row.fields.number("uid").value_or(0));
      repl.people().learn(user, row.fields.text("name"));
      repl.tell(fmt::format("{}  {}{}", user.value, row.fields.text("name"),
                            words_of(row.fields.text("state"))));
    }
    if (answer->ok.fields.number("more").value_or(0) != 0) repl.tell("and more");
  });
}

void run_add(Repl& repl, std::string_view arguments) {
  ask_about(repl, "ADDFRIEND", arguments, "asked {}; the answer comes here");
}

void run_accept(Repl& repl, std::string_view arguments) {
  ask_about(repl, "ACCEPT", arguments, "{} is your friend now");
}

void run_reject(Repl& repl, std::string_view arguments) {
  ask_about(repl, "REJECT", arguments, "{} is told no");
}

void run_unfriend(Repl& repl, std::string_view arguments) {
  ask_about(repl, "REMOVEFRIEND", arguments, "{} and you are no friends");
}

}  // namespace mpim::chat
