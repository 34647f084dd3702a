// How long each check of health has been as it is.
#pragma once

#include <map>
#include <vector>

#include "server/core/executor.h"
#include "server/node/health.h"

namespace mpim {

// Looks by itself now and then, so that a state has an age when somebody asks.
// Threads  one loop.
// Limits   an age is right to kEvery.
class HealthWatch {
 public:
  static constexpr Millis kEvery{1'000};
  using Look = std::function<std::vector<HealthCheck>()>;

  HealthWatch(Executor& home, Look look) : home_(home), look_(std::move(look)) {}
  void start();
  // What is seen now, with the age of each state.
  std::vector<HealthCheck> check();

 private:
  struct State {
    bool ok = true;
    bool degraded = false;
    Instant since;
  };

  Executor& home_;
  const Look look_;
  std::map<std::string, State> states_;
};

}  // namespace mpim
