#include <fmt/format.h>

#include <array>

#include "client-cli/commands/command.h"
#include "client-cli/commands/messages/moment.h"
#include "client-cli/commands/people/whom.h"
#include "client-cli/repl/repl.h"
#include "server/contract/convert.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"

namespace mpim::chat {
namespace {

constexpr std::array<std::string_view, 7> kOptions{"before", "from",  "group", "limit",
                                                   "since",  "until", "user"};

bool begins_option(std::string_view typed) {
  for (const std::string_view name : kOptions)
    if (typed.starts_with(name) && typed.substr(name.size()).starts_with('=')) return true;
  return false;
}

// Where the options begin, and unquoted words end.
size_t options_of(std::string_view typed) {
  size_t at = 0;
  while (at < typed.size() && !begins_option(typed.substr(at)))
    at = std::min(typed.find_first_not_of(' ', typed.find(' ', at)), typed.size());
  return at;
}

// The options as the verb takes them, with a blank before each.
Result<std::string> translated(Repl& repl, const line::Options& options) {
  std::string out;
  for (const char* const name : {"user", "from"}) {
    const std::string* const typed = options.find(name);
    if (typed == nullptr) continue;
    MPIM_TRY(const std::string who, whom(repl, *typed));
    out += fmt::format(" {}={}", name, who);
  }
  if (const std::string* const typed = options.find("group")) {
    MPIM_TRY(const GroupId group, repl.group(*typed));
    out += fmt::format(" group={}", group.value);
  }
  for (const char* const name : {"since", "until"}) {
    const std::string* const typed = options.find(name);
    if (typed == nullptr) continue;
    MPIM_TRY(const Timestamp at, moment(*typed, repl.now()));
    out += fmt::format(" {}={}", name, at.ms);
  }
  if (const std::string* const typed = options.find("before")) {
    MPIM_TRY(const MessageId id, parse_message_id(*typed));
    out += fmt::format(" before={}", id.value);
  }
  MPIM_TRY(const auto limit, options.number("limit", 1, kPullMax));
  if (limit) out += fmt::format(" limit={}", *limit);
  return out;
}

struct Wanted {
  std::string words;
  std::string options;
};

// As in the protocol words may be quoted; else what looks like an option ends them.
Result<Wanted> read(Repl& repl, std::string_view typed) {
  Wanted wanted;
  LineWords rest(typed);
  if (rest.at_quote()) {
    MPIM_TRY(wanted.words, rest.word_or_quoted());
  } else {
    const size_t end = options_of(typed);
    wanted.words = typed.substr(0, end);
    while (wanted.words.ends_with(' ')) wanted.words.pop_back();
    rest = LineWords(typed.substr(end));
  }
  if (wanted.words.empty()) return Error{Code::kBadRequest, "/search WORDS: what shall be found?"};
  MPIM_TRY(const line::Options options, line::Options::read(rest, kOptions));
  MPIM_TRY(wanted.options, translated(repl, options));
  return wanted;
}

void show(Repl& repl, const std::string& words, const Answer& answer) {
  // The newest stands last, next to the prompt.
  for (auto row = answer.rows.rbegin(); row != answer.rows.rend(); ++row)
    if (const auto entry = entry_of(row->fields)) repl.show_found(*entry, words);
  const Fields& told = answer.ok.fields;
  if (answer.rows.empty()) repl.tell("nothing found");
  if (told.number("more").value_or(0) != 0)
    repl.tell(fmt::format("there is more: add a word, or before={}", told.text("next")));
  if (told.number("complete").value_or(1) == 0)
    repl.tell("the server is still taking in new messages: some may be missing");
}

}  // namespace

void run_search(Repl& repl, std::string_view arguments) {
  const Result<Wanted> wanted = read(repl, arguments);
  if (!wanted.ok()) return repl.tell(wanted.error());
  repl.link().ask("SEARCH " + quote(wanted->words) + wanted->options,
                  [&repl, words = wanted->words](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    show(repl, words, *answer);
                  });
}

}  // namespace mpim::chat
