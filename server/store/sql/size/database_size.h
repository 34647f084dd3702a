// How much room the database takes at its server.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/core/clock.h"
#include "server/store/sql/store_place.h"

namespace mpim {

// Asks at once and then now and then, as the server counts it: tables and their indexes.
// Threads  one of its own, with a connection that it has while it asks; bytes() from any.
// Errors   while it cannot be asked, what was last heard stays.
class DatabaseSize {
 public:
  explicit DatabaseSize(StorePlace database, Millis every = Millis(60'000));
  ~DatabaseSize();

  uint64_t bytes() const { return bytes_; }  // 0: not heard yet

 private:
  void run();
  Result<uint64_t> ask() const;

  const StorePlace database_;
  const Millis every_;
  std::atomic<uint64_t> bytes_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mpim
