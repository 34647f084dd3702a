// Answers read jobs beside the writer, from snapshots of their own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/store/storage.h"

namespace mpim {

// Some threads with a Store each, and the queue they share. Jobs that wait together are answered
// from one snapshot, taken after all of them were submitted; none of a database that failed.
// Threads  submit() and stop() from any; jobs run on the readers' threads, in any order.
// Limits   `waiting_max` jobs wait, then submit() answers kBusy.
// Errors   a reader whose database cannot be opened answers kUnavailable, and tries again with the
//          next job.
class StoreReaders {
 public:
  using OpenStore = std::function<Result<std::unique_ptr<Store>>()>;

  StoreReaders(OpenStore open, uint32_t readers, uint32_t waiting_max);
  ~StoreReaders();  // stops

  void submit(std::unique_ptr<ReadJob> job);
  void stop();  // finishes what was taken, then ends; later jobs get kDraining

 private:
  void run();
  std::unique_ptr<ReadJob> take();
  std::unique_ptr<ReadJob> take_known(uint64_t known);
  std::unique_ptr<ReadJob> take_first();
  uint64_t submitted();
  void answer(std::unique_ptr<Store>& store, std::unique_ptr<ReadJob> job);
  Result<void> begin(std::unique_ptr<Store>& store);

  // More would hold back the write-ahead log's reset, and the last answer.
  static constexpr size_t kJobsASnapshot = 16;
  static constexpr Millis kSnapshotAge{5};

  const OpenStore open_;
  const uint32_t waiting_max_;
  std::mutex mutex_;  // guards the queue, how many were ever taken from it, and stopping_
  std::condition_variable wake_;
  std::deque<std::unique_ptr<ReadJob>> queue_;
  uint64_t taken_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mpim
