#include "server/session/watches.h"

#include <algorithm>
#include <utility>

namespace mpim {

size_t Watches::add(SessionId session, std::span<const UserId> users, size_t watched_max) {
  std::unordered_set<UserId>& watched = watched_[session];
  for (const UserId user : users) {
    if (watched.contains(user)) continue;
    if (watched.size() >= watched_max) break;
    watched.insert(user);
    watchers_[user].insert(session);
  }
  const size_t count = watched.size();
  if (count == 0) watched_.erase(session);
  return count;
}

void Watches::remove(SessionId session, std::span<const UserId> users) {
  const auto found = watched_.find(session);
  if (found == watched_.end()) return;
  for (const UserId user : users)
    if (found->second.erase(user) != 0) unlist(session, user);
  if (found->second.empty()) watched_.erase(found);
}

void Watches::remove_all(SessionId session) {
  const auto node = watched_.extract(session);
  if (node.empty()) return;
  for (const UserId user : node.mapped()) unlist(session, user);
}

void Watches::unlist(SessionId session, UserId user) {
  const auto row = watchers_.find(user);
  row->second.erase(session);
  if (row->second.empty()) watchers_.erase(row);
}

size_t Watches::count(SessionId session) const {
  const auto found = watched_.find(session);
  return found == watched_.end() ? 0 : found->second.size();
}

bool Watches::has(SessionId session, UserId user) const {
  const auto found = watched_.find(session);
  return found != watched_.end() && found->second.contains(user);
}

void Watches::on(const PresenceSignal& changed) {
  if (!watchers_.contains(changed.user)) return;
  waiting_.insert_or_assign(changed.user, changed);
  if (!asking_) next();
}

// Takes up what has waited.
void Watches::next() {
  question_ = {std::exchange(waiting_, {}), {}, 0};
  for (const auto& [user, signal] : question_.changed) {
    const auto found = watchers_.find(user);
    if (found == watchers_.end()) continue;
    for (const SessionId session : found->second)
      question_.pairs.push_back({session, {user_of_(session), user}});
  }
  ask();
}

void Watches::ask() {
  const size_t count = std::min(kPairsMax, question_.pairs.size() - question_.asked);
  asking_ = count > 0;
  if (count == 0) {
    if (!waiting_.empty()) next();
    return;
  }
  const auto pairs = std::make_shared<std::vector<Pair>>(
      question_.pairs.begin() + static_cast<ptrdiff_t>(question_.asked),
      question_.pairs.begin() + static_cast<ptrdiff_t>(question_.asked + count));
  question_.asked += count;
  storage_.read<std::vector<bool>>(
      [pairs](Store& store) {
        std::vector<Watching> who;
        who.reserve(pairs->size());
        for (const Pair& pair : *pairs) who.push_back(pair.who);
        return store.presence().may_see(who);
      },
      Reply<std::vector<bool>>(
          home_, [this, pairs, alive = std::weak_ptr(alive_)](Result<std::vector<bool>> may) {
            if (alive.expired()) return;
            if (!may.ok()) {
              question_.asked -= pairs->size();
              return ask_again_later();
            }
            pause_ = kPauseMin;
            answered(*pairs, *may);
            ask();
          }));
}

void Watches::ask_again_later() {
  home_.after(pause_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) ask();
  });
  pause_ = std::min(pause_ * 2, kPauseMax);
}

void Watches::answered(std::span<const Pair> pairs, const std::vector<bool>& may) {
  for (size_t i = 0; i < pairs.size(); ++i) {
    const Pair& pair = pairs[i];
    if (!has(pair.session, pair.who.user)) continue;  // ended meanwhile, or watches him no more
    if (may[i])
      tell_(pair.session, question_.changed.at(pair.who.user));
    else
      remove(pair.session, {&pair.who.user, 1});
  }
}

}  // namespace mpim
