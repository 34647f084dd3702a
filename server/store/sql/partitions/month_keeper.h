// Keeps a server's log in months while a node runs.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/core/clock.h"
#include "server/store/sql/store_place.h"

namespace mpim {

struct MonthKeeperOptions {
  StorePlace database;
  Millis history_age{};  // months of which nothing is younger are dropped; 0: none
  Millis every = std::chrono::hours(24);
  Millis again{60'000};  // after a turn that failed
};

// Makes the parts of the months to come and drops those that are too old: at once, then day by day.
// Threads  one of its own, with a connection that it has during a turn; follow() from any.
// Order    where several nodes run, one of them does it; the others find it done.
// Errors   are told in the log, and the turn is tried again.
class MonthKeeper {
 public:
  explicit MonthKeeper(MonthKeeperOptions options);
  ~MonthKeeper() { stop(); }

  // From now on that age holds, and a turn begins at once; one under way drops no more by the old.
  void follow(Millis history_age);
  // Waits for the statement under way. May be called twice.
  void stop();

 private:
  void run();
  Result<void> turn();
  bool goes_on(Millis age);
  bool pause(Millis how_long);

  const MonthKeeperOptions options_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  Millis history_age_;
  bool changed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mpim
