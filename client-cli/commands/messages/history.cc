#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/commands/messages/moment.h"
#include "client-cli/repl/repl.h"
#include "server/contract/convert.h"
#include "server/core/limits.h"
#include "server/protocol/line_words.h"

namespace mpim::chat {
namespace {

constexpr uint32_t kStandard = 20;

// What was typed behind /history. At most one of `message` and `since` is given.
struct Wanted {
  uint32_t count = kStandard;
  bool counted = false;
  std::optional<MessageId> message;
  std::optional<Timestamp> since;
  bool forwards = false;  // from `message` on, not back
  bool by_time = false;
  bool ids = false;

  std::string again(std::string_view next) const {
    return fmt::format("/history {}{}={}{}{}", counted ? fmt::format("{} ", count) : "",
                       forwards || since ? "after" : "before", next, by_time ? " order=time" : "",
                       ids ? " ids" : "");
  }
};

// "user=@bob", "group=1001": the conversation as a request names it.
std::string named(const Destination& to) {
  if (const auto* const group = std::get_if<GroupId>(&to))
    return fmt::format("group={}", group->value);
  if (const auto* const user = std::get_if<UserId>(&to)) return fmt::format("user={}", user->value);
  return "user=@" + std::get<UserNamed>(to).name;
}

bool is_number(std::string_view typed) {
  return typed.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> take(Wanted& wanted, std::string_view word, Timestamp now) {
  const size_t sign = std::min(word.find('='), word.size());
  const std::string_view key = word.substr(0, sign);
  const std::string_view value = word.substr(std::min(sign + 1, word.size()));
  if (word == "ids") {
    wanted.ids = true;
  } else if (word == "order=time" || word == "order=seq") {
    wanted.by_time = value == "time";
  } else if (key == "before" || key == "after") {
    if (wanted.message) return Error{Code::kBadRequest, "one message is enough"};
    MPIM_TRY(wanted.message, parse_message_id(value));
    wanted.forwards = key == "after";
  } else if (is_number(word) && word.size() <= std::to_string(kPullMax).size()) {
    MPIM_TRY(wanted.count, parse_count(word, "how many", 1, kPullMax));
    wanted.counted = true;
  } else {
    MPIM_TRY(wanted.since, moment(key == "since" ? value : word, now));
  }
  return {};
}

Result<Wanted> read(std::string_view typed, Timestamp now) {
  Wanted wanted;
  for (LineWords words(typed); !words.done();) MPIM_CHECKED(take(wanted, words.word(), now));
  if (wanted.message && wanted.since)
    return Error{Code::kBadRequest, "from a message or from a time on: not both"};
  return wanted;
}

void show(Repl& repl, const Wanted& wanted, const Answer& answer) {
  for (const ListLine& row : answer.rows)
    if (const auto entry = entry_of(row.fields)) repl.show_again(*entry, wanted.ids);
  const Fields& told = answer.ok.fields;
  const bool forwards = wanted.forwards || wanted.since;
  if (answer.rows.empty())
    repl.tell(forwards || wanted.message ? "nothing more was said" : "nothing was said here");
  if (told.number("more").value_or(0) != 0)
    repl.tell(fmt::format("there is more {}: {}", forwards ? "after" : "before",
                          wanted.again(told.text("next"))));
}

}  // namespace

// A message says by itself which conversation it is of.
void run_history(Repl& repl, std::string_view arguments) {
  const Result<Wanted> wanted = read(arguments, repl.now());
  if (!wanted.ok()) return repl.tell(wanted.error());
  std::string where;
  if (wanted->message) {
    where = fmt::format("{}={}", wanted->forwards ? "after" : "before", wanted->message->value);
  } else {
    if (!repl.current())
      return repl.tell(Error{Code::kBadRequest, "there is no conversation here: /to WHOM first"});
    where = named(*repl.current());
    if (wanted->since) where += fmt::format(" since={}", wanted->since->ms);
  }
  repl.link().ask(fmt::format("HISTORY {} limit={}{}", where, wanted->count,
                              wanted->by_time ? " order=time" : ""),
                  [&repl, wanted = *wanted](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    show(repl, wanted, *answer);
                  });
}

}  // namespace mpim::chat
