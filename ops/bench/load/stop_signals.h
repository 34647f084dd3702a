// Ctrl-C and SIGTERM as a flag, so that a load test can take its accounts away before it ends.
#pragma once

#include <signal.h>

namespace mpim::ops {

// Catches SIGINT and SIGTERM while it lives. A second one ends the program at once, as ever.
//
// Threads  the program's first; one at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  static int caught();  // 0: none

 private:
  struct sigaction before_interrupt_ {};
  struct sigaction before_terminate_ {};
};

}  // namespace mpim::ops
