// Profiles that were shown lately, in memory.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "server/core/people.h"

namespace mpim {

// Threads  any; one for all workers of a node.
// Order    whoever changed a profile forgets it here before he tells anybody that it changed. What
//          was read before and is put afterwards is not kept, since it may be the old one.
// Limits   `profiles_max` of them; then the one that was not asked for the longest goes. 0: none.
class ProfileCache {
 public:
  // What was read from the store under it may be put as long as nothing was forgotten since.
  using Ticket = uint64_t;

  explicit ProfileCache(size_t profiles_max) : profiles_max_(profiles_max) {}

  std::optional<Profile> find(UserId user);  // counted as a hit or a miss
  Ticket ticket();
  void put(const Profile& profile, Ticket ticket);
  void forget(UserId user);
  void forget_all();  // when it cannot be told what was changed

 private:
  using Order = std::list<Profile>;  // the one asked for last comes first

  const size_t profiles_max_;
  std::mutex mutex_;  // guards the rest
  Order order_;
  std::unordered_map<UserId, Order::iterator> places_;
  Ticket forgotten_ = 0;
};

}  // namespace mpim
