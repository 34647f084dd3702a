// A node that an operator sends away: its clients go one after another, then it ends.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "server/core/executor.h"
#include "server/core/result.h"
#include "server/node/live_node.h"
#include "server/registry/registry.h"

namespace mpim {

// Threads  the control loop's own.
// Order    it is known to drain, then takes no new clients, then lets those it has go; `end` runs
//          when all of them have been told, or the window is over.
// Lifetime the workers' loops have stopped, and the control loop too, before it is destroyed.
class Departure {
 public:
  struct Doors {
    std::function<void()> close;
    std::function<Result<void>()> open;  // again, where they were
  };

  Departure(Executor& home, const std::vector<std::unique_ptr<Worker>>& workers, LiveNode& live,
            NodeRegistry& registry, Doors doors, Millis window, Task end)
      : home_(home),
        workers_(workers),
        live_(live),
        registry_(registry),
        doors_(std::move(doors)),
        window_(window),
        end_(std::move(end)) {}

  // As somebody ordered: kDraining begins it, kActive takes it back. What is so already stays so.
  void obey(NodeState wanted);

 private:
  void begin();
  void take_back();

  Executor& home_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  LiveNode& live_;
  NodeRegistry& registry_;
  const Doors doors_;
  const Millis window_;
  Task end_;
  bool leaving_ = false;
  uint64_t turn_ = 0;   // of beginnings: what an earlier one has left to say means nothing
  size_t waiting_ = 0;  // workers that have not let all go
};

}  // namespace mpim
