#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_search(Repl& repl, std::string_view arguments) {
  if (arguments.empty())
    return repl.tell(Error{Code::kBadRequest, "/search WORDS: what shall be found?"});
  const std::string words(arguments);
  repl.link().ask("SEARCH " + quote(words), [&repl, words](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    // The newest stands last, next to the prompt.
    for (auto row = answer->rows.rbegin(); row != answer->rows.rend(); ++row)
      if (const auto entry = entry_of(row->fields)) repl.show_found(*entry, words);
    const Fields& told = answer->ok.fields;
    if (answer->rows.empty()) repl.tell("nothing found");
    if (told.number("more").value_or(0) != 0) repl.tell("there is more: add a word");
    if (told.number("complete").value_or(1) == 0)
      repl.tell("the server is still taking in new messages: some may be missing");
  });
}

}  // namespace mpim::chat
