// The routes of a cluster as one node keeps and asks for them, over the simulated Redis.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "server/directory/directory.h"
#include "tests/sim/redis/sim_redis.h"

namespace mpim::sim {

// Threads  the node's control thread.
// Order    the rules are those of every directory of a cluster: an entry counts while its node's
//          lease lives, a node removes only its own, and one that lost its lease, or an answer,
//          writes all its routes again.
class SimDirectory final : public Directory {
 public:
  static constexpr Millis kBeat{5'000};
  static constexpr int kBeatsToRenewal = 6;

  // `cache`: how long an answer is believed, also that there is no route.
  SimDirectory(World& world, SimRedisLink& link, VirtualThread& home, NodeId self, uint64_t epoch,
               Millis cache)
      : world_(world),
        link_(link),
        home_(home),
        self_(std::move(self)),
        epoch_(epoch),
        cache_for_(cache) {}

  // `regained` runs when the lease was taken, or taken again: who listens must listen again.
  void start(std::function<void()> regained);
  void forget(const NodeId& node);  // nobody listened there: what was cached of it is wrong

  void bind(UserId user, Timestamp now) override;
  void unbind(UserId user) override;
  void when_bound(Executor& home, Task bound) override;
  void nodes_of(const Audience& audience, Executor&, NodesFound found) override;
  void nodes_of(UserId user, Executor&, NodesFound found) override;
  std::vector<Route> routes(UserId, uint32_t) const override { return {}; }
  std::optional<Route> route(UserId) const override { return std::nullopt; }

  // A user whose sessions here the directory has confirmed, and yet has no route of: a broken
  // promise, unless somebody else made it forget.
  std::optional<UserId> missing(const SimRedis& redis) const;
  size_t users() const { return here_.size(); }

 private:
  struct Here {
    uint32_t sessions = 0;
    uint64_t bound = 0;      // which bind wrote it last,
    uint64_t confirmed = 0;  // and which the directory answered
  };
  struct Cached {
    std::vector<NodeId> nodes;
    Instant until;
  };
  using Shared = std::shared_ptr<NodesFound>;

  void beat();
  void on_beat(SimRedis::Lease lease, uint64_t flushes);
  void write(const std::vector<UserId>& users);
  void write_all();
  void ask(const std::vector<UserId>& users, bool everybody, NodesFound found);
  void answer(const std::vector<UserId>& users, bool everybody, NodesFound& found) const;

  World& world_;
  SimRedisLink& link_;
  VirtualThread& home_;
  const NodeId self_;
  const uint64_t epoch_;
  const Millis cache_for_;
  std::function<void()> regained_;
  std::map<UserId, Here> here_;
  std::map<UserId, Cached> cache_;
  Cached nodes_;  // that live: a group's members are not looked up
  uint64_t binds_ = 0;
  uint64_t flushes_ = 0;   // of Redis, when everything was written last
  bool in_order_ = false;  // every answer came since then
  int beats_ = 0;
};

}  // namespace mpim::sim
