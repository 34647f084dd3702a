// The registry that nodes share through ZooKeeper.
#pragma once

#include <map>
#include <memory>

#include "server/core/limits.h"
#include "server/registry/known_nodes.h"
#include "server/registry/zookeeper/zoo_client.h"

namespace mpim {

struct ZooRegistryOptions {
  Millis lease{10'000};    // a session's time-out
  Millis patience{2'000};  // join() waits for ZooKeeper itself
  uint32_t nodes_max = kNodes.standard;
};

// ROOT/nodes/<id> is a node's record, a line for each field, and ephemeral: it lives with the
// session of the run that made it, and that run alone writes to it, but for orders: what a node is
// wanted to be stands in its record as `wanted`, until it takes the order. ROOT/nodes itself is
// touched when something changed that others should read, and watched by all.
// Threads  as NodeRegistry; `regained` runs on the client's loop.
// Time     the record is looked at every third of the lease, and written when the load has changed.
// Limits   as RedisRegistry.
// Errors   join(): kConflict: another run holds the id, and still did when a lease was over. A
//          ZooKeeper that is away is no error: the node joins when it comes back.
// Lifetime its loop stopped, or leave() called, before it is destroyed.
class ZooRegistry final : public NodeRegistry {
 public:
  ZooRegistry(ZooClient& client, ZooRegistryOptions options);

  void on_ordered(Ordered ordered) override { ordered_ = std::move(ordered); }
  void on_regained(std::function<void()> regained) override { regained_ = std::move(regained); }
  Result<void> join(NodeRecord self, std::function<Load()> load) override;
  void leave() override;
  void set_state(NodeState state) override;
  void set_channel(uint32_t channel) override;
  void order(const NodeId& node, NodeState state, UniqueFunction<void(Result<void>)> done) override;
  std::vector<NodeRecord> nodes() const override { return known_.alive(); }
  std::optional<NodeRecord> find(const NodeId& node) const override { return known_.find(node); }
  void refresh(Task done) override { known_.refresh(std::move(done)); }
  RegistryStanding standing() const override { return known_.standing(); }

  // On the loop, as the client says.
  void changed(bool up);
  void watched(const std::string& path);

 private:
  enum class Was : uint8_t { kNobodys, kOurs, kAnothers };
  struct Taken {
    Was was;
    NodeRecord holder;  // another run's
    std::string wanted;
  };
  using Take = UniqueFunction<void(Result<Taken>)>;
  using Joined = UniqueFunction<void(Result<void>)>;

  void try_to_join(Instant give_up, std::optional<Instant> conflict_at,
                   const std::shared_ptr<Joined>& joined);
  void take(Take taken, bool made = false);
  void make(Take taken);
  void found(const ZooNode& node, bool made, Take taken);
  void renew();
  void renewed(const Result<Taken>& taken);
  void beat();
  void announce();
  void look_for_orders();
  void read(Task over);
  void take_record(const std::string& name, const ZooNode& node,
                   std::vector<KnownNodes::Known>& found);
  void gather(const std::vector<std::string>& names, Task done);
  std::string place_of(const NodeId& node) const { return nodes_ + "/" + node.name; }

  ZooClient& client_;
  EventLoop& loop_;
  const ZooRegistryOptions options_;
  const std::string nodes_;  // ROOT/nodes
  std::function<void()> regained_;
  Ordered ordered_;
  std::function<Load()> load_;
  NodeRecord self_;  // the loop's own, once joined, as all that follows
  bool joined_ = false;
  bool left_ = false;
  bool announce_ = false;
  TimerId timer_;
  KnownNodes known_;
};

// Makes ROOT, ROOT/nodes and ROOT/settings where they are missing.
void make_zoo_places(ZooClient& client, UniqueFunction<void(Result<bool>)> done);

}  // namespace mpim
