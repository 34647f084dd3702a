// The nodes of one run, what lies between them and their dependencies, and what befalls them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/sim_node.h"

namespace mpim::sim {

// What happened in a run, for the report: a fault that never comes proves nothing.
struct Befallen {
  uint64_t crashes = 0;
  uint64_t restarts = 0;
  uint64_t stalls = 0;
  uint64_t partitions = 0;  // of one node and one dependency
  uint64_t outages = 0;     // of a dependency for everybody, or a flush

  Befallen& operator+=(const Befallen& other);
};

// Threads  none: the world runs it.
class SimCluster {
 public:
  using Died = std::function<void(const SimNode&)>;  // its connections are reset

  SimCluster(World& world, Store& store, Faults& faults, const SessionLimits& limits, size_t nodes,
             size_t workers, Died died);

  SimNode* pick();    // as a balancer does: any that lives; none when none does
  void misfortune();  // perhaps something goes wrong, by the rates of the faults
  // Everything that is wrong ends; dead nodes come back at once. Answers when the last process that
  // is stopped goes on.
  Instant heal();
  void end();  // all processes die

  std::vector<SimNode*> living() const;
  const SimRedis& redis() const { return redis_; }
  const Befallen& befallen() const { return befallen_; }

 private:
  // A place in the cluster: processes of one name follow one another there.
  struct Place {
    NodeId id;
    uint64_t epoch = 0;
    SimNode* now = nullptr;
  };

  bool per_mille(uint32_t rate) { return world_.below(1'000) < rate; }
  void start(Place& place);
  void crash(SimNode& node);
  void restart(SimNode& node);
  void part(SimNode& node);
  void lose_redis();
  void lose_store();

  World& world_;
  Faults& faults_;
  SimRedis redis_;
  const SimShared shared_;
  const size_t workers_;
  const Died died_;
  std::vector<Place> places_;
  std::vector<std::unique_ptr<SimNode>> processes_;  // all there ever were
  Befallen befallen_;
};

}  // namespace mpim::sim
