#include "server/store/store_reader.h"

#include <chrono>

namespace mpim {

StoreReaders::StoreReaders(OpenStore open, uint32_t readers, uint32_t waiting_max)
    : open_(std::move(open)), waiting_max_(waiting_max) {
  for (uint32_t i = 0; i < readers; ++i) threads_.emplace_back([this] { run(); });
}

StoreReaders::~StoreReaders() { stop(); }

void StoreReaders::submit(std::unique_ptr<ReadJob> job) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = Error{Code::kDraining, "the store is stopping: try another node"};
    } else if (queue_.size() >= waiting_max_) {
      refused = Error{Code::kBusy, "too many reads wait for the store: try again"};
    } else {
      queue_.push_back(std::move(job));
    }
  }
  if (refused) return job->refuse(*refused);  // NOLINT(bugprone-use-after-move): it was not taken
  wake_.notify_one();
}

void StoreReaders::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void StoreReaders::run() {
  std::unique_ptr<Store> store;
  while (std::unique_ptr<ReadJob> job = take()) answer(store, std::move(job));
}

std::unique_ptr<ReadJob> StoreReaders::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  return take_first();
}

// The next one, if it was submitted before the `known`-th.
std::unique_ptr<ReadJob> StoreReaders::take_known(uint64_t known) {
  const std::lock_guard lock(mutex_);
  return taken_ < known ? take_first() : nullptr;
}

std::unique_ptr<ReadJob> StoreReaders::take_first() {
  if (queue_.empty()) return nullptr;
  std::unique_ptr<ReadJob> job = std::move(queue_.front());
  queue_.pop_front();
  ++taken_;
  return job;
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
  if (store == nullptr) {
    Result<std::unique_ptr<Store>> opened = open_();
    if (!opened.ok()) return opened.error();
    store = std::move(opened).value();
  }
  if (store->begin().ok()) return {};
  MPIM_CHECKED(store->reopen());
  return store->begin();
}

}  // namespace mpim
