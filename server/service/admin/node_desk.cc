#include "server/service/admin/node_desk.h"

#include <memory>
#include <utility>

#include "server/telemetry/log.h"

namespace mpim {

NodeRow NodeDesk::row_of(NodeRecord record) const {
  const bool self = record.run.node == self_;
  return {std::move(record), self};
}

void NodeDesk::list(Reply<std::vector<NodeRow>> reply) {
  const auto waiting = std::make_shared<Reply<std::vector<NodeRow>>>(std::move(reply));
  registry_.refresh([this, waiting] {
    std::vector<NodeRow> rows;
    for (NodeRecord& each : registry_.nodes()) rows.push_back(row_of(std::move(each)));
    (*waiting)(std::move(rows));
  });
}

void NodeDesk::order(const std::string& by, NodeId node, NodeState state, Reply<NodeRow> reply) {
  if (node.name.empty()) node = self_;
  registry_.order(
      node, state,
      [this, by, node, state, reply = std::move(reply)](const Result<void>& told) mutable {
        if (!told.ok()) return reply(told.error());
        note(by, node, state);
        NodeRecord known;
        known.run.node = node;
        known = registry_.find(node).value_or(std::move(known));
        known.state = state;  // as it was told: what it says itself is read a little later
        reply(row_of(std::move(known)));
      });
}

void NodeDesk::note(const std::string& by, const NodeId& node, NodeState state) {
  const std::string action = state == NodeState::kDraining ? "DrainNode" : "UndrainNode";
  log_info("admin.changed", {{"by", by}, {"action", action}, {"subject", node.name}});
  auto record = [by, action, node, now = home_.clock().wall()](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.audit().record({now, by, action, node.name}));
    return true;
  };
  storage_.write<bool>(ConversationId{}, std::move(record),
                       Reply<bool>(home_, [](const Result<bool>& stored) {
                         if (!stored.ok())
                           log_warn("admin.not_audited", {{"why", stored.error().message}});
                       }));
}

}  // namespace mpim
