// A bounded pool of threads for work that may block or burn: password hashing.
#pragma once

#include <memory>
#include <string>

#include "server/core/result.h"
#include "server/core/unique_function.h"

namespace mpim {

// Threads  any.
// Limits   `queue_max` tasks wait; beyond that submit() answers kBusy and the task is not taken.
// Lifetime the destructor finishes what was taken.
class BlockingPool {
 public:
  BlockingPool(std::string name, uint32_t threads, uint32_t queue_max);
  ~BlockingPool();
  Result<void> submit(Task task);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
