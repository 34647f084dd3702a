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
  log_info("node.ordered", {{"node", node.name}, {"state", name_of(state)}, {"by", by}});
  registry_.order(node, state,
                  [this, node, reply = std::move(reply)](const Result<void>& told) mutable {
                    if (!told.ok()) return reply(told.error());
                    NodeRecord known;
                    known.run.node = node;
                    reply(row_of(registry_.find(node).value_or(std::move(known))));
                  });
}

}  // namespace mpim
