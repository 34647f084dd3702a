#include <fmt/format.h>

#include <charconv>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

constexpr uint32_t kStandard = 20;
constexpr uint32_t kMost = 1'000;

// "user=@bob", "group=1001": the conversation as a request names it.
std::string named(const Destination& to) {
  if (const auto* const group = std::get_if<GroupId>(&to))
    return fmt::format("group={}", group->value);
  if (const auto* const user = std::get_if<UserId>(&to)) return fmt::format("user={}", user->value);
  return "user=@" + std::get<UserNamed>(to).name;
}

void show(Repl& repl, const Answer& answer) {
  for (const ListLine& row : answer.rows)
    if (const auto entry = entry_of(row.fields)) repl.show_again(*entry);
  if (answer.rows.empty()) return repl.tell("nothing was said here");
  if (answer.ok.fields.number("more").value_or(0) != 0)
    repl.tell("there is more before: /history " + std::to_string(2 * answer.rows.size()));
}

}  // namespace

void run_history(Repl& repl, std::string_view arguments) {
  if (!repl.current())
    return repl.tell(Error{Code::kBadRequest, "there is no conversation here: /to WHOM first"});
  uint32_t count = kStandard;
  const char* const end = arguments.data() + arguments.size();
  const auto [stopped, error] = std::from_chars(arguments.data(), end, count);
  const bool typed = !arguments.empty();
  if (typed && (error != std::errc{} || stopped != end || count == 0 || count > kMost))
    return repl.tell(Error{Code::kBadRequest, "/history, or /history with a number up to 1000"});
  repl.link().ask(fmt::format("HISTORY {} limit={}", named(*repl.current()), count),
                  [&repl](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    show(repl, *answer);
                  });
}

}  // namespace mpim::chat
