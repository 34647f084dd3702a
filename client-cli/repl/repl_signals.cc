// What is told outside the log, for the person at the prompt.
#include <fmt/format.h>

#include "client-cli/repl/repl.h"

namespace mpim::chat {

void Repl::on_signal(const Signal& signal) {
  std::visit([this](const auto& what) { told(what); }, signal);
}

// A mark behind the last message of one's own: once when it has arrived, once when it is read.
void Repl::told(const ReceiptSignal& receipt) {
  const auto last = last_sent_.find(receipt.conversation);
  if (json_ || last == last_sent_.end() || receipt.through < last->second.seq()) return;
  const auto mark = std::pair(last->second.seq(), receipt.kind);
  const auto shown = marked_.find(receipt.conversation);
  if (shown != marked_.end() && shown->second >= mark) return;
  marked_[receipt.conversation] = mark;
  const bool read = receipt.kind == ReceiptKind::kRead;
  print(renderer_.note(fmt::format("{} {} by {}", renderer_.options().ascii ? "ok" : "\u2713\u2713",
                                   read ? "read" : "received", people_.name_of(receipt.by))));
}

void Repl::told(const PresenceSignal&) {}

void Repl::told(const TypingSignal&) {}

void Repl::told(const ChangeSignal&) {}

}  // namespace mpim::chat
