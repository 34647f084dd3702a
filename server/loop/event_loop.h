// One libevent base and its thread: an Executor with sockets.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "server/core/executor.h"

struct event_base;

namespace mpim {

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Timestamp wall() const override;
  Instant steady() const override;
};
const Clock& system_clock();

// Threads  post() from any; after(), cancel() and base() on the loop's own, before start(), or once
//          stop() has returned. All signals are blocked on the loop's thread.
// Order    as Executor. A batch of posts wakes the loop once.
// Lifetime stop() runs what was posted before it, then ends the thread; it returns when the thread
//          has ended, or at once when called on the loop itself. The destructor stops and joins.
//          Work posted after that is dropped (a Reply in it is abandoned on the posting thread,
//          which is harmless). Whatever was made on base() must be gone before the loop is
//          destroyed.
class EventLoop final : public Executor {
 public:
  explicit EventLoop(std::string name);  // the thread's name, 15 bytes at most
  ~EventLoop() override;

  void start();
  void stop();
  bool on_this_thread() const;
  event_base* base();

  void post(Task task) override;
  TimerId after(Millis delay, Task task) override;
  void cancel(TimerId timer) override;
  const Clock& clock() const override { return system_clock(); }

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mpim
