#include "server/store/store_reader.h"

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
  while (const std::unique_ptr<ReadJob> job = take()) answer(store, *job);
}

std::unique_ptr<ReadJob> StoreReaders::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  std::unique_ptr<ReadJob> job = std::move(queue_.front());
  queue_.pop_front();
  return job;
}

void StoreReaders::answer(std::unique_ptr<Store>& store, ReadJob& job) {
  if (const Result<void> began = begin(store); !began.ok()) return job.refuse(began.error());
  job.run(*store);
  store->rollback();
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
