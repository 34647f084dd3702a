#include "server/store/threads/store_reader.h"

#include <chrono>

#include "server/telemetry/metrics.h"

namespace mpim {

StoreReaders::StoreReaders(OpenStore open, uint32_t readers, uint32_t waiting_max,
                           Millis rest_after)
    : open_(std::move(open)), waiting_max_(waiting_max), rest_after_(rest_after) {
  for (uint32_t i = 0; i < readers; ++i) threads_.emplace_back([this] { run(); });
}

StoreReaders::~StoreReaders() { stop(); }

void StoreReaders::submit(std::unique_ptr<ReadJob> job) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    const Moment now = std::chrono::steady_clock::now();
    if (stopping_) {
      refused = Error{Code::kDraining, "the store is stopping: try another node"};
    } else if (away(now)) {
      refused = away_;
    } else if (queue_.size() >= waiting_max_) {
      refused = Error{Code::kBusy, "too many reads wait for the store: try again"};
    } else {
      queue_.push(std::move(job), now);
      if (idle_.empty()) return;
      idle_.back()->called = true;
      idle_.back()->wake.notify_one();
      idle_.pop_back();
    }
  }
  if (refused) job->refuse(*refused);  // NOLINT(bugprone-use-after-move): it was not taken
}

StoreReaders::Moment StoreReaders::refuse_older(Moment than, Moment now) {
  std::unique_lock lock(mutex_);
  const auto overdue = queue_.pop_older(than);
  taken_ += overdue.size();
  const Moment oldest = queue_.oldest(now);
  lock.unlock();
  count(Counter::kStoreOverdue, overdue.size());
  for (const auto& each : overdue)
    each.job->refuse({Code::kUnavailable, "the database is too slow to be asked: try again"});
  return oldest;
}

void StoreReaders::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Idle* const each : idle_) each->wake.notify_one();
    idle_.clear();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void StoreReaders::run() {
  std::unique_ptr<Store> store;
  while (std::unique_ptr<ReadJob> job = take(store.get())) answer(store, std::move(job));
}

std::unique_ptr<ReadJob> StoreReaders::take(Store* store) {
  std::unique_lock lock(mutex_);
  while (!stopping_ && queue_.empty()) wait_for_work(lock, store);
  return take_first();
}

void StoreReaders::wait_for_work(std::unique_lock<std::mutex>& lock, Store* store) {
  Idle self;
  idle_.push_back(&self);
  const auto called = [&] { return stopping_ || self.called; };
  const bool may_rest = store != nullptr && rest_after_ > Millis(0);
  if (may_rest && !self.wake.wait_for(lock, rest_after_, called)) {
    lock.unlock();
    store->rest();
    lock.lock();
  }
  self.wake.wait(lock, called);
}

// The next one, if it was submitted before the `known`-th.
std::unique_ptr<ReadJob> StoreReaders::take_known(uint64_t known) {
  const std::lock_guard lock(mutex_);
  return taken_ < known ? take_first() : nullptr;
}

std::unique_ptr<ReadJob> StoreReaders::take_first() {
  if (queue_.empty()) return nullptr;
  ++taken_;
  return queue_.pop().job;
}

uint64_t StoreReaders::submitted() {
  const std::lock_guard lock(mutex_);
  return taken_ + queue_.size();
}

// One after another, so that a dear job holds up nobody whom another reader could answer.
void StoreReaders::answer(std::unique_ptr<Store>& store, std::unique_ptr<ReadJob> job) {
  const uint64_t known = submitted();
  if (const Result<void> began = begin(store); !began.ok()) return job->refuse(began.error());
  const auto until = std::chrono::steady_clock::now() + kSnapshotAge;
  for (size_t left = kJobsASnapshot; job != nullptr && job->run(*store); --left) {
    const bool more = left > 1 && std::chrono::steady_clock::now() < until;
    job = more ? take_known(known) : nullptr;
  }
  store->rollback();
  if (job != nullptr && !job->answered()) answer(store, std::move(job));
}

Result<void> StoreReaders::begin(std::unique_ptr<Store>& store) {
  const Moment start = std::chrono::steady_clock::now();
  const auto is_slow = [&] { return std::chrono::steady_clock::now() - start > kPatience; };
  Result<void> began = open_or_begin(store);
  // What is broken begins once it was opened anew; what does not answer is not dialled twice.
  if (!began.ok() && store != nullptr && !is_slow()) {
    began = store->reopen();
    if (began.ok()) began = store->begin();
  }
  if (began.ok())
    came_back();
  else if (is_slow())
    went_away(began.error());
  return began;
}

Result<void> StoreReaders::open_or_begin(std::unique_ptr<Store>& store) {
  if (store == nullptr) {
    Result<std::unique_ptr<Store>> opened = open_();
    if (!opened.ok()) return opened.error();
    store = std::move(opened).value();
  }
  return store->begin();
}

// One in each kRest tries whether it still is.
bool StoreReaders::away(Moment now) {
  if (!away_ || now < next_try_) return away_.has_value();
  next_try_ = now + kRest;
  return false;
}

void StoreReaders::went_away(const Error& why) {
  std::unique_lock lock(mutex_);
  away_ = Error{Code::kUnavailable, "the database does not answer: " + why.message};
  next_try_ = std::chrono::steady_clock::now() + kRest;
  const auto waiting = queue_.pop(queue_.size());
  taken_ += waiting.size();
  const Error told = *away_;
  lock.unlock();
  for (const auto& each : waiting) each.job->refuse(told);
}

void StoreReaders::came_back() {
  const std::lock_guard lock(mutex_);
  away_.reset();
}

}  // namespace mpim
