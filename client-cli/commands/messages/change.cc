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
  if (arguments.empty()) return repl.tell(Error{Code::kBadRequest, "/edit, and the new text"});
  const Result<MessageId> id = meant(repl, {});
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
