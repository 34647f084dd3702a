#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

// "2026-01-05 10:03 UTC"
std::string minute_of(Timestamp at) {
  std::string text = iso_time(at).substr(0, 16);
  text[10] = ' ';
  return text + " UTC";
}

std::string how(const Fields& row) {
  const std::string state = row.text("state");
  const Timestamp since{static_cast<int64_t>(row.number("since").value_or(0))};
  if (state != name_of(PresenceState::kOffline)) return state;
  return since.ms == 0 ? "never seen" : "last seen " + minute_of(since);
}

// Asks how they are, and to be told when that changes.
void follow(Repl& repl, const std::string& whom) {
  repl.link().ask("WATCH " + whom, [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    if (answer->rows.empty())
      return repl.tell("nobody: you are told of friends and of people in your groups");
    for (const ListLine& row : answer->rows) {
      const UserId user(row.fields.number("user").value_or(0));
      repl.tell(fmt::format("{}  {}", repl.people().name_of(user), how(row.fields)));
    }
  });
}

void follow_members(Repl& repl, GroupId group) {
  repl.link().ask(fmt::format("MEMBERS {}", group.value), [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    std::string whom;
    for (const ListLine& row : answer->rows) {
      const UserId user(row.fields.number("uid").value_or(0));
      repl.people().learn(user, row.fields.text("name"));
      whom += fmt::format("{}{}", whom.empty() ? "" : " ", user.value);
    }
    if (!whom.empty()) follow(repl, whom);
  });
}

void follow_nobody(Repl& repl) {
  repl.link().ask("UNWATCH *", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    repl.tell("you are told of nobody any more");
  });
}

}  // namespace

// A group that is called off is `#off`.
void run_who(Repl& repl, std::string_view arguments) {
  if (arguments == "off") return follow_nobody(repl);
  const auto& current = repl.current();
  if (!arguments.empty() || (current && std::holds_alternative<GroupId>(*current))) {
    const auto group = repl.group(arguments);
    return group.ok() ? follow_members(repl, *group) : repl.tell(group.error());
  }
  if (!current) return follow(repl, "friends");
  const Destination to = repl.people().known(*current);
  if (const auto* const user = std::get_if<UserId>(&to))
    return follow(repl, fmt::format("{}", user->value));
  repl.tell("his number is not known before a message went one way or the other");
}

}  // namespace mpim::chat
