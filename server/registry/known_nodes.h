// What a node knows of its registry: who lives, and how it stands there itself.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/loop/event_loop.h"
#include "server/registry/registry.h"

namespace mpim {

// The same for every registry that nodes share; the registry itself reads and judges.
// Threads  keep(), blind() and stand() on the loop; everything else from any.
// Order    alive() is ascending by id.
// Limits   a node is known until its lease ends as it was last read, and no longer.
// Errors   a registry that answers, and refuses to tell of the others, makes this node blind().
class KnownNodes {
 public:
  // A lease as it was read, and when it ends unless it is renewed.
  struct Known {
    NodeRecord record;
    Instant until;
  };
  // Reads the registry anew, on the loop, and runs `over` there when that is done.
  using Read = std::function<void(Task over)>;

  KnownNodes(EventLoop& loop, Read read) : loop_(loop), read_(std::move(read)) {}

  std::vector<NodeRecord> alive() const;
  std::optional<NodeRecord> find(const NodeId& node) const;
  void keep(std::vector<Known> found);  // and none of those before
  // They cannot be read; one line in the log when that begins, and one when it is over.
  void blind(const Error& why);

  // As NodeRegistry. Those who ask while it is being read may want what came after the reading
  // began: they wait for the next.
  void refresh(Task done);

  RegistryStanding standing() const;
  // One line in the log for each change.
  void stand(const NodeRun& self, const RegistryStanding& now);

 private:
  EventLoop& loop_;
  const Read read_;
  bool reading_ = false;      // the loop's own
  std::vector<Task> asking_;  // the loop's own
  mutable std::mutex mutex_;
  std::vector<Known> known_;                                   // guarded
  RegistryStanding standing_{false, "not joined yet", false};  // guarded
};

}  // namespace mpim
