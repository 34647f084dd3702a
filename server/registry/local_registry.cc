#include "server/registry/local_registry.h"

namespace mpim {

Result<void> LocalRegistry::join(NodeRecord self, std::function<Load()> load) {
  const std::lock_guard lock(mutex_);
  self_ = std::move(self);
  load_ = std::move(load);
  return {};
}

void LocalRegistry::order(const NodeId& node, NodeState state,
                          UniqueFunction<void(Result<void>)> done) {
  if (!find(node))
    return done(Error{Code::kNotFound, "this node is alone, and is not " + node.name});
  ordered_(state);
  done({});
}

void LocalRegistry::set_state(NodeState state) {
  const std::lock_guard lock(mutex_);
  self_.state = state;
}

void LocalRegistry::set_channel(uint32_t channel) {
  const std::lock_guard lock(mutex_);
  self_.channel = channel;
}

std::vector<NodeRecord> LocalRegistry::nodes() const {
  const std::lock_guard lock(mutex_);
  if (!load_) return {};
  NodeRecord now = self_;
  const Load load = load_();
  now.connections = load.connections;
  now.sessions = load.sessions;
  now.settings = load.settings;
  return {now};
}

std::optional<NodeRecord> LocalRegistry::find(const NodeId& node) const {
  for (NodeRecord& each : nodes())
    if (each.run.node == node) return std::move(each);
  return std::nullopt;
}

}  // namespace mpim
