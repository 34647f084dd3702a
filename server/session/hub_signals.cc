// What sessions are told outside the log.
#include <algorithm>

#include "server/session/hub.h"

namespace mpim {

size_t Hub::watch(SessionId id, std::span<const UserId> users, size_t watched_max) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return 0;
  std::vector<UserId>& watched = found->second.watched;
  for (const UserId user : users) {
    const auto place = std::ranges::lower_bound(watched, user);
    if (place != watched.end() && *place == user) continue;
    if (watched.size() >= watched_max) break;
    watched.insert(place, user);
    watchers_[user].push_back(id);
  }
  return watched.size();
}

void Hub::unwatch(SessionId id, std::span<const UserId> users) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  for (const UserId user : users) {
    std::erase(found->second.watched, user);
    const auto row = watchers_.find(user);
    if (row == watchers_.end()) continue;
    std::erase(row->second, id);
    if (row->second.empty()) watchers_.erase(row);
  }
}

void Hub::on(const UserTold& told) {
  const auto found = by_user_.find(told.user);
  if (found == by_user_.end()) return;
  for (const SessionId id : found->second) {
    Session* const session = find(id);
    if (session == nullptr || (told.except && session->who().device == told.except)) continue;
    session->signal(told.signal);
  }
}

void Hub::on(const GroupTold& told) {
  const auto found = by_group_.find(told.audience.conversation);
  if (found == by_group_.end()) return;
  for (const SessionId id : found->second.sessions) {
    Session* const session = find(id);
    if (session != nullptr && session->who().user != told.except) session->signal(told.signal);
  }
}

void Hub::on(const PresenceChanged& changed) {
  const auto found = watchers_.find(changed.signal.user);
  if (found == watchers_.end()) return;
  for (const SessionId id : found->second)
    if (Session* const session = find(id)) session->signal(changed.signal);
}

}  // namespace mpim
