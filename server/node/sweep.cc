#include "server/node/sweep.h"

namespace mpim {

Sweep::Sweep(Executor& home, Storage& storage, Millis every, Wake wake)
    : home_(home),
      storage_(storage),
      every_(every),
      wake_(std::move(wake)),
      seen_(home.clock().wall()) {}

void Sweep::start() {
  home_.after(every_, [this] { look(); });
}

void Sweep::look() {
  const Timestamp now = home_.clock().wall();
  auto job = [since = seen_ - kOverlap](Store& store) {
    return store.log().changed_since(since, kHeadsMax);
  };
  auto read = [this, now](Result<std::vector<ChangedHead>> heads) {
    start();
    if (!heads.ok()) return;
    seen_ = now;
    tell(*heads);
  };
  storage_.read(std::move(job), Reply<std::vector<ChangedHead>>(home_, std::move(read)));
}

void Sweep::tell(const std::vector<ChangedHead>& heads) {
  std::unordered_map<ConversationId, Seq> told;
  std::vector<EnvelopePtr> news;
  for (const ChangedHead& changed : heads) {
    const ConversationId conversation = changed.audience.conversation;
    told.emplace(conversation, changed.head);
    const auto before = told_.find(conversation);
    if (before != told_.end() && before->second == changed.head) continue;
    news.push_back(std::make_shared<const Envelope>(HeadMoved{changed.audience, changed.head}));
  }
  told_ = std::move(told);
  if (!news.empty()) wake_(news);
}

}  // namespace mpim
