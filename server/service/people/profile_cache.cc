#include "server/service/people/profile_cache.h"

#include "server/telemetry/metrics.h"

namespace mpim {

std::optional<Profile> ProfileCache::find(UserId user) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(user);
  count(found != places_.end() ? Counter::kCacheProfilesMemory : Counter::kCacheProfilesDatabase);
  if (found == places_.end()) return std::nullopt;
  order_.splice(order_.begin(), order_, found->second);
  return order_.front();
}

ProfileCache::Ticket ProfileCache::ticket() {
  const std::lock_guard lock(mutex_);
  return forgotten_;
}

void ProfileCache::put(const Profile& profile, Ticket ticket) {
  const std::lock_guard lock(mutex_);
  if (ticket != forgotten_ || profiles_max_ == 0 || places_.contains(profile.user)) return;
  if (order_.size() == profiles_max_) {
    places_.erase(order_.back().user);
    order_.pop_back();
  }
  order_.push_front(profile);
  places_.emplace(profile.user, order_.begin());
}

void ProfileCache::forget(UserId user) {
  const std::lock_guard lock(mutex_);
  ++forgotten_;
  const auto found = places_.find(user);
  if (found == places_.end()) return;
  order_.erase(found->second);
  places_.erase(found);
}

void ProfileCache::forget_all() {
  const std::lock_guard lock(mutex_);
  ++forgotten_;
  places_.clear();
  order_.clear();
}

}  // namespace mpim
