// Commits write jobs, many to one transaction.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "server/core/limits.h"
#include "server/store/storage.h"
#include "server/store/threads/waiting_jobs.h"

namespace mpim {

// A writer's bounds.
struct WriterOptions {
  uint32_t queue_max = kWriterQueue.standard;  // jobs waiting; beyond that the answer is kBusy
  uint32_t batch_jobs_max = kBatchJobs.standard;
  Millis gather{1};                // how long jobs that are not urgent() wait for company
  Millis reopen_delay_min{100};    // between attempts to reopen a failed database,
  Millis reopen_delay_max{5'000};  // twice as long each time
  // How often a transaction is begun that others stood in the way of, and what lies between.
  uint32_t attempts_max = 10;
  Millis again_delay_max{20};
  Millis look_every{0};  // an idle writer looks whether the database still answers; 0: never
  // After so long an idle writer that looks lets its connection rest instead; 0: never.
  Millis rest_after{0};
};

// Threads  submit(), healthy() and last_error() from any; jobs run and settle on the writer's own
//          thread.
// Order    jobs run in the order they were submitted. A batch is what gathered while the last one
//          committed, up to the weight batch_jobs_max; it is one transaction and one sync. While
//          nothing urgent waits the writer lets jobs gather for `gather`, unless it is stopping or
//          reopening. A transaction that others stood in the way of (kBusy) is done again.
// Limits   jobs of the weight queue_max wait, then submit() answers kBusy; for how long, whoever
//          calls refuse_older() says.
// Errors   a failed commit answers every job of its batch, kUnavailable when nothing was stored,
//          kUnknown when that cannot be told. Then the store is reopened before the next batch, at
//          once the first time, afterwards with growing delays, during which jobs get kUnavailable.
class StoreWriter {
 public:
  using Moment = WaitingJobs<WriteJob>::Moment;
  static constexpr Millis kDoubt{30'000};

  StoreWriter(std::unique_ptr<Store> store, WriterOptions options);
  ~StoreWriter();  // stops

  void submit(std::unique_ptr<WriteJob> job);
  void stop();  // finishes what was taken, then ends; later jobs get kDraining
  // Answers kUnavailable for those that have not begun and were submitted before that moment, and
  // says since when the oldest of the others has waited: `now` when there is none.
  Moment refuse_older(Moment than, Moment now);
  bool healthy() const { return healthy_.load(std::memory_order_relaxed); }
  std::string last_error() const;  // empty while healthy
  // Why the last transaction of jobs failed, for kDoubt after it did: a database whose disk is full
  // opens again, answers, and stores nothing. Empty: it went through.
  std::string doubt(Moment now) const;
  uint32_t waiting() const { return waiting_.load(std::memory_order_relaxed); }  // jobs, now

 private:
  using Waiting = WaitingJobs<WriteJob>::Waiting;

  void run();
  bool take(std::vector<Waiting>& batch);
  size_t first_batch() const;  // under the mutex
  void write_batch(std::span<Waiting> batch);
  Result<void> run_until_through(std::span<Waiting> batch);
  Result<void> begin(std::span<const Waiting> batch);
  void idle();
  void look();
  Result<void> run_jobs(std::span<Waiting> batch);
  Result<void> run_job(WriteJob& job);
  void settle(std::span<Waiting> batch, const std::optional<Error>& failed);
  Error closed_error() const;  // under the mutex
  void went_through();
  void fell_ill(const Error& why, bool with_jobs = false);
  void recovered();
  void try_to_reopen();

  const std::unique_ptr<Store> store_;
  const WriterOptions options_;

  mutable std::mutex mutex_;  // guards the eight below
  std::condition_variable wake_;
  WaitingJobs<WriteJob> queue_;
  bool urgent_ = false;  // something in the queue is
  bool stopping_ = false;
  std::string last_error_;
  std::string failed_why_;  // the last transaction of jobs; empty: it did not,
  Moment failed_at_{};      // or when
  bool away_ = false;       // the database could not be opened again at once: nothing is taken
  bool absent_ = false;     // what failed last was to open it, or a look at it

  std::atomic<uint32_t> waiting_{0};  // queued, or taken and not yet in a transaction
  std::atomic<bool> healthy_{true};

  // The writer thread's own.
  std::vector<const Draft*> drafts_;  // of the batch
  bool closed_ = false;               // failed, and not reopened yet
  uint32_t failures_ = 0;             // since the last commit that succeeded
  Moment next_try_{};
  Moment worked_at_{};  // began its last transaction
  bool resting_ = false;
  std::minstd_rand random_{std::random_device{}()};
  std::thread thread_;
};

}  // namespace mpim
