#include "server/node/sweep.h"

namespace mpim {

Sweep::Sweep(Executor& home, Storage& storage, Millis every, Wake wake)
    : home_(home), storage_(storage), every_(every), wake_(std::move(wake)) {}

void Sweep::start() { look_after(every_); }

void Sweep::look_after(Millis pause) {
  home_.after(pause, [this] { look(); });
}

void Sweep::look() {
  auto job = [since = seen_](Store& store) {
    return store.log().changed_since(since, kEntriesMax);
  };
  auto read = [this](Result<Changes> changes) {
    look_after(changes.ok() && changes->more ? Millis(0) : every_);
    if (!changes.ok()) return;
    seen_ = changes->next;
    tell(changes->heads);
  };
  storage_.read(std::move(job), Reply<Changes>(home_, std::move(read)));
}

void Sweep::tell(const std::vector<ChangedHead>& heads) {
  std::vector<EnvelopePtr> news;
  news.reserve(heads.size());
  for (const ChangedHead& changed : heads)
    news.push_back(std::make_shared<const Envelope>(HeadMoved{changed.audience, changed.head}));
  if (!news.empty()) wake_(news);
}

}  // namespace mpim
