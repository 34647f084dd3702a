// Answers read jobs beside the writer, from snapshots of their own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "server/store/storage.h"
#include "server/store/threads/waiting_jobs.h"

namespace mpim {

// Some threads with a Store each, and the queue they share. Jobs that wait together are answered
// from one snapshot, taken after all of them were submitted; none of a database that failed. A job
// goes to the reader that was idle for the shortest time, so that those that the load does not need
// rest: as many connections are open as were of use lately.
// Threads  submit() and stop() from any; jobs run on the readers' threads, in any order.
// Limits   `waiting_max` jobs wait, then submit() answers kBusy; for how long, whoever calls
//          refuse_older() says.
// Errors   a reader whose database cannot be opened answers kUnavailable, and tries again with the
//          next job. Where it took longer than kPatience to fail, those that wait get that answer,
//          too, and for kRest those that come: then one is taken to try again, and so on.
class StoreReaders {
 public:
  using OpenStore = std::function<Result<std::unique_ptr<Store>>()>;
  static constexpr Millis kPatience{500};  // below any time-out of the database's
  static constexpr Millis kRest{1'000};

  // A reader that had no job for `rest_after` lets its connection rest; 0: none does.
  StoreReaders(OpenStore open, uint32_t readers, uint32_t waiting_max, Millis rest_after);
  ~StoreReaders();  // stops

  using Moment = WaitingJobs<ReadJob>::Moment;

  void submit(std::unique_ptr<ReadJob> job);
  // As StoreWriter::refuse_older().
  Moment refuse_older(Moment than, Moment now);
  void stop();  // finishes what was taken, then ends; later jobs get kDraining

 private:
  // One that waits for work.
  struct Idle {
    std::condition_variable wake;
    bool called = false;
  };

  void run();
  std::unique_ptr<ReadJob> take(Store* store);
  void wait_for_work(std::unique_lock<std::mutex>& lock, Store* store);
  std::unique_ptr<ReadJob> take_known(uint64_t known);
  std::unique_ptr<ReadJob> take_first();
  uint64_t submitted();
  void answer(std::unique_ptr<Store>& store, std::unique_ptr<ReadJob> job);
  Result<void> begin(std::unique_ptr<Store>& store);
  Result<void> open_or_begin(std::unique_ptr<Store>& store);
  bool away(Moment now);  // under the mutex
  void went_away(const Error& why);
  void came_back();

  // More would hold back the write-ahead log's reset, and the last answer.
  static constexpr size_t kJobsASnapshot = 16;
  static constexpr Millis kSnapshotAge{5};

  const OpenStore open_;
  const uint32_t waiting_max_;
  const Millis rest_after_;
  std::mutex mutex_;         // guards the six below
  std::vector<Idle*> idle_;  // the last one waits since the shortest time
  WaitingJobs<ReadJob> queue_;
  uint64_t taken_ = 0;  // from the queue so far
  bool stopping_ = false;
  std::optional<Error> away_;  // the database kept a reader waiting for nothing, and none has
  Moment next_try_{};          // reached it since
  std::vector<std::thread> threads_;
};

}  // namespace mpim
