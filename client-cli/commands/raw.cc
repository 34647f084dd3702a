#include <algorithm>
#include <array>
#include <cctype>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

// These change who the connection is: the link does that itself.
constexpr std::array<std::string_view, 6> kOurs{"AUTH",   "LOGIN", "LOGOUT",
                                                "PASSWD", "QUIT",  "REGISTER"};

std::string verb_of(std::string_view line) {
  std::string verb(line.substr(0, line.find(' ')));
  std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return std::toupper(c); });
  return verb;
}

}  // namespace

void run_raw(Repl& repl, std::string_view arguments) {
  if (arguments.empty())
    return repl.tell(repl.toggle_raw() ? "the lines of the protocol are shown"
                                       : "the lines of the protocol are not shown any more");
  if (std::ranges::find(kOurs, verb_of(arguments)) != kOurs.end())
    return repl.tell(Error{Code::kBadRequest, "use /login, /register, /passwd or /quit for that"});
  if (arguments.find('\n') != std::string_view::npos)
    return repl.tell(Error{Code::kBadRequest, "one line at a time"});
  repl.link().ask(std::string(arguments), [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    std::string first = "+OK";
    for (const std::string& word : answer->ok.words) first += " " + word;
    for (const auto& [key, value] : answer->ok.fields.pairs()) first += " " + key + "=" + value;
    repl.tell(first);
    for (const ListLine& row : answer->rows) {
      std::string line = row.kind;
      for (const auto& [key, value] : row.fields.pairs()) line += " " + key + "=" + value;
      repl.tell(line);
    }
  });
}

}  // namespace mpim::chat
