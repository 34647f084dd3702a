// The nodes of a cluster, each under a lease that it renews.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/core/unique_function.h"

namespace mpim {

enum class NodeState : uint8_t { kActive, kDraining };
constexpr std::string_view name_of(NodeState state) {
  return state == NodeState::kActive ? "active" : "draining";
}

// A node as it says itself that it is.
struct NodeRecord {
  NodeRun run;
  std::string line;  // ADDR:PORT, where clients reach it
  std::string ws;
  std::string http;
  std::string version;
  Timestamp started;
  NodeState state = NodeState::kActive;
  uint32_t channel = 0;  // where it hears of others; 0: it does not listen yet
  uint64_t connections = 0;
  uint64_t sessions = 0;
  uint64_t settings = 0;  // the version of the cluster's that it follows
  Millis lease{0};        // in all
  Millis lease_left{0};
};

// How a node stands in its registry, for people.
struct RegistryStanding {
  bool held = false;   // the lease is ours
  std::string why;     // else: what is in the way
  bool taken = false;  // another node that lives has this id
  std::string blind =
      {};  // why the others cannot be read, though the registry answers; empty: they can
};

// Threads  join() and leave() on one that is no loop, for they wait; everything else from any.
// Order    a node is in nodes() of others soon after it joined, or changed its state or channel.
// Limits   a node whose lease ended is not in nodes(), whatever it may think itself.
class NodeRegistry {
 public:
  struct Load {
    uint64_t connections = 0;
    uint64_t sessions = 0;
    uint64_t settings = 0;
  };

  using Ordered = std::function<void(NodeState)>;

  virtual ~NodeRegistry() = default;

  // Before join(). Somebody wants this node to be in that state, which it may be already; called on
  // a thread of the registry's or of whoever wants it.
  virtual void on_ordered(Ordered ordered) = 0;

  // Before join(). The lease was lost and is ours again, or is ours for the first time; called on a
  // thread of the registry's.
  virtual void on_regained(std::function<void()> regained) = 0;

  // Makes this node known. kConflict: another one that is alive has this id. Waits, at most for the
  // length of a lease, while an earlier run of this node still holds it.
  virtual Result<void> join(NodeRecord self, std::function<Load()> load) = 0;
  virtual void leave() = 0;
  virtual void set_state(NodeState state) = 0;
  virtual void set_channel(uint32_t channel) = 0;

  // Tells a node, this one too, that it should be in that state. It learns of it at once, or when
  // it next renews its lease. kNotFound: no such node lives; kUnavailable: it cannot be told.
  virtual void order(const NodeId& node, NodeState state,
                     UniqueFunction<void(Result<void>)> done) = 0;

  virtual std::vector<NodeRecord> nodes() const = 0;  // ascending by id; this one among them
  virtual std::optional<NodeRecord> find(const NodeId& node) const = 0;
  // Reads the others anew; `done` runs on a thread of the registry's.
  virtual void refresh(Task done) = 0;
  virtual RegistryStanding standing() const = 0;
};

}  // namespace mpim
