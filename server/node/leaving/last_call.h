// An end that does not wait for ever for a store that hangs.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/core/clock.h"
#include "server/core/unique_function.h"

namespace mpim {

// Runs `cut` when it has lived for `after`; never, when it ends before that.
// Threads  `cut` runs on a thread of its own. The destructor waits for that.
class LastCall {
 public:
  LastCall(Millis after, Task cut);
  ~LastCall();
  LastCall(const LastCall&) = delete;
  LastCall& operator=(const LastCall&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;  // guarded
  std::thread thread_;
};

}  // namespace mpim
