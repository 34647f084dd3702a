// What an operator can ask of a cluster's nodes.
#pragma once

#include <string>
#include <vector>

#include "server/core/reply.h"
#include "server/registry/registry.h"
#include "server/store/storage.h"

namespace mpim {

struct NodeRow {
  NodeRecord node;
  bool self = false;  // the node that answers
};

// Threads  one, on its own loop, where replies arrive too.
class NodeDesk {
 public:
  NodeDesk(Executor& home, NodeRegistry& registry, Storage& storage, NodeId self)
      : home_(home), registry_(registry), storage_(storage), self_(std::move(self)) {}

  // Those that live, ascending by id; read anew.
  void list(Reply<std::vector<NodeRow>> reply);
  // Has a node drain and end, or stay after all; an empty id is this one. Answers when it has been
  // told. kNotFound: no such node lives; kUnavailable: another one cannot be told.
  // What was done is in the audit log; nodes come and go while the store is away, too: then the log
  // alone has it.
  void order(const std::string& by, NodeId node, NodeState state, Reply<NodeRow> reply);

 private:
  NodeRow row_of(NodeRecord record) const;
  void note(const std::string& by, const NodeId& node, NodeState state);

  Executor& home_;
  NodeRegistry& registry_;
  Storage& storage_;
  const NodeId self_;
};

}  // namespace mpim
