// What an operator can ask of a cluster's nodes.
#pragma once

#include <string>
#include <vector>

#include "server/core/reply.h"
#include "server/registry/registry.h"

namespace mpim {

struct NodeRow {
  NodeRecord node;
  bool self = false;  // the node that answers
};

// Threads  one, on its own loop, where replies arrive too.
class NodeDesk {
 public:
  NodeDesk(Executor& home, NodeRegistry& registry, NodeId self)
      : home_(home), registry_(registry), self_(std::move(self)) {}

  // Those that live, ascending by id; read anew.
  void list(Reply<std::vector<NodeRow>> reply);
  // Has a node drain and end, or stay after all; an empty id is this one. Answers when it has been
  // told. kNotFound: no such node lives; kUnavailable: another one cannot be told.
  void order(const std::string& by, NodeId node, NodeState state, Reply<NodeRow> reply);

 private:
  NodeRow row_of(NodeRecord record) const;

  Executor& home_;
  NodeRegistry& registry_;
  const NodeId self_;
};

}  // namespace mpim
