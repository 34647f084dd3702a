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

void Repl::told(const ChangeSignal& change) { tell_change(change); }

void Repl::told(const PresenceSignal& presence) {
  if (json_) return;
  tell(fmt::format("{} is {}", people_.name_of(presence.user), name_of(presence.state)));
}

void Repl::told(const RefusedSignal& refused) {
  if (json_) return;
  tell(fmt::format("a message that was queued ({}) could not be sent: {}", refused.client_id,
                   refused.why.message));
}

// Beside the prompt, where it takes no line and goes away by itself.
void Repl::told(const TypingSignal& typing) {
  loop_.cancel(typist_timer_);
  typist_ = typing;
  typist_timer_ = loop_.after(kTyping, [this] { stopped_typing(typist_->by); });
  draw();
}

void Repl::stopped_typing(UserId user) {
  if (!typist_ || typist_->by != user) return;
  loop_.cancel(typist_timer_);
  typist_timer_ = {};
  typist_.reset();
  draw();
}

// Who is typing in the conversation on the screen; empty: nobody.
std::string Repl::typist() const {
  if (!typist_ || !current_) return {};
  const Destination at = typist_->group ? Destination(typist_->group) : Destination(typist_->by);
  return people_.known(*current_) == at ? people_.name_of(typist_->by) : std::string();
}

}  // namespace mpim::chat
