// What a node remembers of where users are on other nodes.
#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"

namespace mpim {

// The other nodes of a user as Redis named them; none is an answer too.
// Threads  any; a mutex guards the table.
// Limits   `users_max` users, the least lately learnt of whom go first, half of them at once; each
//          for `life`.
class RouteCache {
 public:
  RouteCache(size_t users_max, Millis life) : users_max_(users_max), life_(life) {}

  std::optional<std::vector<NodeRun>> find(UserId user, Instant now) const;
  void keep(UserId user, std::vector<NodeRun> nodes, Instant now);
  void forget(UserId user);
  // Nobody hears that node: whoever is remembered to be there is asked for again.
  void forget(const NodeId& node);
  // `user` was heard of from `node`: what says otherwise is forgotten.
  void seen(UserId user, const NodeId& node);
  void clear();
  size_t size() const;

 private:
  struct Row {
    std::vector<NodeRun> nodes;
    Instant until;
    uint64_t learnt = 0;
  };
  using Rows = std::unordered_map<UserId, Row>;
  const Row* row(UserId user) const;

  const size_t users_max_;
  const Millis life_;
  mutable std::mutex mutex_;
  Rows young_;
  Rows old_;  // what was young when that was full
  uint64_t turn_ = 0;
  std::unordered_map<NodeId, uint64_t>
      forgotten_;  // what was learnt before that turn does not count
};

}  // namespace mpim
