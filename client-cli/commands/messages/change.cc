#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"
#include "server/contract/convert.h"

namespace mpim::chat {
namespace {

// The message that was typed, or else the last one of one's own.
Result<MessageId> meant(const Repl& repl, std::string_view typed) {
  if (!typed.empty()) return parse_message_id(typed);
  if (const auto last = repl.last_sent()) return *last;
  return Error{Code::kBadRequest, "you have sent nothing here yet; say which message by its id"};
}

// The message's id before the text; empty when the text begins at once. A small number is a part of
// the text: no message has it.
std::string_view id_before_text(std::string_view typed) {
  const std::string_view word = typed.substr(0, typed.find(' '));
  const auto id = parse_message_id(word);
  const bool is_id = id.ok() && id->conversation() && word.size() < typed.size();
  return is_id ? word : std::string_view();
}

void ask(Repl& repl, const std::string& request, std::string done) {
  repl.link().ask(request, [&repl, done = std::move(done)](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    repl.tell(done);
  });
}

}  // namespace

void run_recall(Repl& repl, std::string_view arguments) {
  const Result<MessageId> id = meant(repl, arguments);
  if (!id.ok()) return repl.tell(id.error());
  ask(repl, fmt::format("RECALL {}", id->value), "taken back");
}

void run_edit(Repl& repl, std::string_view arguments) {
  const std::string_view first = id_before_text(arguments);
  if (!first.empty()) {
    arguments.remove_prefix(first.size());
    arguments.remove_prefix(arguments.find_first_not_of(' '));
  }
  if (arguments.empty()) return repl.tell(Error{Code::kBadRequest, "/edit, and the new text"});
  const Result<MessageId> id = meant(repl, first);
  if (!id.ok()) return repl.tell(id.error());
  ask(repl, fmt::format("EDIT {} {}", id->value, quote(arguments)), "changed");
}

void run_delete(Repl& repl, std::string_view arguments) {
  if (arguments.empty())
    return repl.tell(Error{Code::kBadRequest, "/delete, and the id of a message"});
  const Result<MessageId> id = meant(repl, arguments);
  if (!id.ok()) return repl.tell(id.error());
  ask(repl, fmt::format("DELETE {}", id->value), "gone from your own history");
}

void run_receipts(Repl& repl, std::string_view arguments) {
  const Result<MessageId> id = meant(repl, arguments);
  if (!id.ok()) return repl.tell(id.error());
  repl.link().ask(fmt::format("RECEIPTS {}", id->value), [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    const Fields& all = answer->ok.fields;
    repl.tell(fmt::format("of {}: {} received it, {} read it", all.text("recipients"),
                          all.text("delivered"), all.text("read")));
    for (const ListLine& row : answer->rows) {
      const UserId user(row.fields.number("user").value_or(0));
      const bool read = row.fields.number("read").value_or(0) != 0;
      const bool received = row.fields.number("delivered").value_or(0) != 0;
      repl.tell(fmt::format("{}  {}", repl.people().name_of(user),
                            read       ? "read"
                            : received ? "received"
                                       : "not yet"));
    }
  });
}

}  // namespace mpim::chat
