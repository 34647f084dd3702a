#include "server/directory/local_directory.h"

#include "server/core/check.h"

namespace mpim {

void LocalDirectory::bind(UserId user, Timestamp now) {
  const std::lock_guard lock(mutex_);
  Presence& presence = users_[user];
  if (presence.sessions++ == 0) presence.since = now;
  ++sessions_;
}

void LocalDirectory::unbind(UserId user) {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(user);
  MPIM_CHECK(found != users_.end(), "a route was cleared that was never bound");
  --sessions_;
  if (--found->second.sessions == 0) users_.erase(found);
}

void LocalDirectory::nodes_of(const Audience& audience, Executor&, NodesFound found) {
  bool anybody = false;
  {
    const std::lock_guard lock(mutex_);
    anybody = audience.direct() ? here(audience.one) || here(audience.other) : !users_.empty();
  }
  found(std::span(&self_, anybody ? 1 : 0));
}

void LocalDirectory::nodes_of(UserId user, Executor&, NodesFound found) {
  bool anybody = false;
  {
    const std::lock_guard lock(mutex_);
    anybody = here(user);
  }
  found(std::span(&self_, anybody ? 1 : 0));
}

std::vector<Route> LocalDirectory::routes(UserId after, uint32_t count_max) const {
  const std::lock_guard lock(mutex_);
  std::vector<Route> page;
  for (auto at = users_.upper_bound(after); at != users_.end() && page.size() < count_max; ++at)
    page.push_back(route_of(at->first, at->second));
  return page;
}

std::optional<Route> LocalDirectory::route(UserId user) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(user);
  if (found == users_.end()) return std::nullopt;
  return route_of(found->first, found->second);
}

uint64_t LocalDirectory::users() const {
  const std::lock_guard lock(mutex_);
  return users_.size();
}

uint64_t LocalDirectory::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

bool LocalDirectory::here(UserId user) const { return users_.contains(user); }

Route LocalDirectory::route_of(UserId user, const Presence& presence) const {
  return {.user = user, .node = self_, .sessions = presence.sessions, .since = presence.since};
}

}  // namespace mpim
