// One node on virtual time: the real hubs, services and sweep over a simulated store, directory and
// bus.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "server/node/sweep.h"
#include "server/node/worker_directory.h"
#include "server/service/group_service.h"
#include "server/service/message_service.h"
#include "server/session/hub.h"
#include "tests/sim/redis/sim_bus.h"
#include "tests/sim/redis/sim_directory.h"
#include "tests/sim/sim_storage.h"

namespace mpim::sim {

// What all nodes of a cluster have in common.
struct SimShared {
  World& world;
  Store& store;
  SimRedis& redis;
  const Faults& faults;
  const SessionLimits& limits;
};

// One worker of the node.
struct SimWorker {
  SimWorker(VirtualThread& on, Storage& storage, Directory& node, Bus& bus,
            const SessionLimits& limits, uint64_t first, uint64_t step)
      : thread(on),
        directory(node),
        fanout(on, directory, bus),
        messages(on, storage, fanout),
        groups(on, storage, fanout),
        hub(on, storage, limits, Millis(500), first, step) {}

  void deliver(std::span<const EnvelopePtr> envelopes);

  VirtualThread& thread;
  WorkerDirectory directory;
  Fanout fanout;
  MessageService messages;
  GroupService groups;
  Hub hub;
};

// A process: `epoch` tells it from earlier ones of the same name. Dies with crash(), and stays in
// memory until the world ends, as a dead process's packets may still be under way.
class SimNode {
 public:
  SimNode(const SimShared& shared, NodeId id, uint64_t epoch, size_t workers);

  void crash();
  void end_sessions();  // on its way down: everybody is to go elsewhere
  bool dead() const { return dead_; }
  void stall(Instant until);
  Instant stalled_until() const { return control_.stalled_until(); }
  void slow_down(Millis most);
  void skew_clock(Millis ahead);

  const NodeId& id() const { return id_; }
  uint64_t epoch() const { return epoch_; }
  SimWorker& worker(size_t index) { return *workers_[index % workers_.size()]; }
  size_t workers() const { return workers_.size(); }
  size_t sessions() const;
  SimStorage& storage() { return storage_; }
  const SimDirectory& directory() const { return directory_; }
  Reach& reach() { return reach_; }

 private:
  void wake(std::span<const EnvelopePtr> news);
  template <class Act>
  void each_thread(Act act);

  SimRedis& redis_;
  const NodeId id_;
  const uint64_t epoch_;
  Reach reach_;
  VirtualThread& control_;
  SimStorage storage_;
  SimRedisLink link_;
  SimDirectory directory_;
  SimBus bus_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  std::optional<Sweep> sweep_;
  bool dead_ = false;
};

}  // namespace mpim::sim
