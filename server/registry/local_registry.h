// The registry of a node that is alone.
#pragma once

#include <mutex>

#include "server/registry/registry.h"

namespace mpim {

// Threads  any; a mutex guards the record.
class LocalRegistry final : public NodeRegistry {
 public:
  Result<void> join(NodeRecord self, std::function<Load()> load) override;
  void leave() override {}
  void on_ordered(Ordered ordered) override { ordered_ = std::move(ordered); }
  void on_regained(std::function<void()>) override {}
  void order(const NodeId& node, NodeState state, UniqueFunction<void(Result<void>)> done) override;
  void set_state(NodeState state) override;
  void set_channel(uint32_t channel) override;
  std::vector<NodeRecord> nodes() const override;
  std::optional<NodeRecord> find(const NodeId& node) const override;
  void refresh(Task done) override { done(); }
  RegistryStanding standing() const override { return {true, {}, false}; }

 private:
  mutable std::mutex mutex_;
  NodeRecord self_;
  std::function<Load()> load_;
  Ordered ordered_;  // set before any other thread asks
};

}  // namespace mpim
