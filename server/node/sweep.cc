#include "server/node/sweep.h"

#include <utility>

namespace mpim {

Sweep::Sweep(Executor& home, Storage& storage, std::function<Millis()> pace, Wake wake)
    : home_(home), storage_(storage), pace_(std::move(pace)), wake_(std::move(wake)) {}

void Sweep::start() { look_after(pace_()); }

void Sweep::at_once() {
  if (!timer_) {
    again_ = true;
    return;
  }
  home_.cancel(timer_);
  look_after(Millis(0));
}

void Sweep::look_after(Millis pause) {
  timer_ = home_.after(pause, [this] { look(); });
}

void Sweep::look() {
  timer_ = {};
  auto job = [since = seen_](Store& store) {
    return store.log().changed_since(since, kEntriesMax);
  };
  auto read = [this, asked = home_.clock().steady()](Result<Changes> changes) {
    const bool more = std::exchange(again_, false) || (changes.ok() && changes->more);
    look_after(more ? Millis(0) : pace_());
    if (!changes.ok()) return;
    if (changes->more || home_.clock().steady() - asked < kPromptly) seen_ = changes->next;
    tell(changes->heads);
  };
  storage_.read(std::move(job), Reply<Changes>(home_, std::move(read)));
}

void Sweep::tell(const std::vector<ChangedHead>& heads) {
  forget_by_and_by();
  std::vector<EnvelopePtr> news;
  for (const ChangedHead& changed : heads)
    if (!told_lately(changed))
      news.push_back(std::make_shared<const Envelope>(HeadMoved{changed.audience, changed.head}));
  if (!news.empty()) wake_(news);
}

bool Sweep::told_lately(const ChangedHead& head) {
  const ConversationId of = head.audience.conversation;
  const auto before = told_before_.find(of);
  const bool known = before != told_before_.end() && before->second >= head.head;
  Seq& told = told_[of];
  if (told >= head.head) return true;
  told = head.head;
  return known;
}

void Sweep::forget_by_and_by() {
  const Instant now = home_.clock().steady();
  if (now - changed_ < kRepeatsFor) return;
  changed_ = now;
  told_before_ = std::exchange(told_, {});
}

}  // namespace mpim
