// A bounded pool of threads for work that may block or burn: password hashing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/core/result.h"
#include "server/core/unique_function.h"

namespace mpim {

// Threads  any.
// Limits   `queue_max` tasks wait; beyond that submit() answers kBusy and the task is not taken.
//          A caller that leaves room for others names a smaller bound.
// Lifetime the destructor finishes what was taken.
class BlockingPool {
 public:
  BlockingPool(std::string name, uint32_t threads, uint32_t queue_max);
  ~BlockingPool();
  Result<void> submit(Task task, uint32_t queue_max = UINT32_MAX);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
