#include "server/directory/route_cache.h"

#include <algorithm>

namespace mpim {

std::optional<std::vector<NodeRun>> RouteCache::find(UserId user, Instant now) const {
  const std::lock_guard lock(mutex_);
  const Row* const found = row(user);
  if (found == nullptr || found->until <= now) return std::nullopt;
  for (const NodeRun& run : found->nodes) {
    const auto forgotten = forgotten_.find(run.node);
    if (forgotten != forgotten_.end() && forgotten->second >= found->learnt) return std::nullopt;
  }
  return found->nodes;
}

void RouteCache::keep(UserId user, std::vector<NodeRun> nodes, Instant now) {
  const std::lock_guard lock(mutex_);
  if (2 * young_.size() >= users_max_) {
    old_ = std::move(young_);
    young_.clear();
  }
  old_.erase(user);
  young_[user] = {std::move(nodes), now + life_, ++turn_};
}

void RouteCache::forget(UserId user) {
  const std::lock_guard lock(mutex_);
  young_.erase(user);
  old_.erase(user);
}

void RouteCache::forget(const NodeId& node) {
  const std::lock_guard lock(mutex_);
  forgotten_[node] = turn_;
}

void RouteCache::seen(UserId user, const NodeId& node) {
  const std::lock_guard lock(mutex_);
  const Row* const found = row(user);
  if (found == nullptr ||
      std::ranges::find(found->nodes, node, &NodeRun::node) != found->nodes.end())
    return;
  young_.erase(user);
  old_.erase(user);
}

void RouteCache::clear() {
  const std::lock_guard lock(mutex_);
  young_.clear();
  old_.clear();
  forgotten_.clear();
}

size_t RouteCache::size() const {
  const std::lock_guard lock(mutex_);
  return young_.size() + old_.size();
}

const RouteCache::Row* RouteCache::row(UserId user) const {
  if (const auto found = young_.find(user); found != young_.end()) return &found->second;
  const auto found = old_.find(user);
  return found == old_.end() ? nullptr : &found->second;
}

}  // namespace mpim
