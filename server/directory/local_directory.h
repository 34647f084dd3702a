// The directory of a single node: who is connected here, counted in memory.
#pragma once

#include <map>
#include <mutex>

#include "server/directory/directory.h"

namespace mpim {

// Threads  any; a mutex guards the table, and is never held while `found` runs.
class LocalDirectory final : public Directory {
 public:
  explicit LocalDirectory(NodeId self) : self_(std::move(self)) {}

  void bind(UserId user, Timestamp now) override;
  void unbind(UserId user) override;
  // A group's members are not looked up: this node is named when anybody is here at all.
  void nodes_of(const Audience& audience, Executor& home, NodesFound found) override;
  void nodes_of(UserId user, Executor& home, NodesFound found) override;
  std::vector<Route> routes(UserId after, uint32_t count_max) const override;
  std::optional<Route> route(UserId user) const override;

  uint64_t users() const;
  uint64_t sessions() const;

 private:
  struct Presence {
    uint32_t sessions = 0;
    Timestamp since;
  };
  bool here(UserId user) const;
  Route route_of(UserId user, const Presence& presence) const;

  const NodeId self_;
  mutable std::mutex mutex_;
  std::map<UserId, Presence> users_;
  uint64_t sessions_ = 0;
};

}  // namespace mpim
