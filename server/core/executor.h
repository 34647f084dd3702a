// Where work runs: an event loop in life, a virtual one in tests.
#pragma once

#include "server/core/clock.h"
#include "server/core/unique_function.h"

namespace mpim {

// A timer that was set; 0 names none. Cancelling one that has run or was cancelled does nothing.
struct TimerId {
  uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
};

// One thread (or one virtual thread) that runs tasks one after another.
// Threads  post() from any; everything else on the executor's own thread.
// Order    tasks posted by one thread run in the order they were posted. A task posted from within
//          a task runs after it, never inside it.
// Limits   a task must not block: no SQL, no waiting, no password hashing.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(Task task) = 0;
  virtual TimerId after(Millis delay, Task task) = 0;
  virtual void cancel(TimerId timer) = 0;
  virtual const Clock& clock() const = 0;
};

}  // namespace mpim
