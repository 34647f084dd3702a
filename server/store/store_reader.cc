#include "server/store/store_reader.h"

#include <algorithm>

namespace mpim {

StoreReaders::StoreReaders(OpenStore open, uint32_t readers, uint32_t waiting_max)
    : open_(std::move(open)), readers_(readers), waiting_max_(waiting_max) {
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
  std::vector<std::unique_ptr<ReadJob>> taken;
  while (take(taken)) answer(store, taken);
}

// This reader's share of what waits; false when there is nothing more to come.
bool StoreReaders::take(std::vector<std::unique_ptr<ReadJob>>& taken) {
  taken.clear();
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  const size_t share = (queue_.size() + readers_ - 1) / readers_;
  for (size_t count = std::min(share, kJobsASnapshot); count > 0; --count) {
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return !taken.empty();
}

void StoreReaders::answer(std::unique_ptr<Store>& store,
                          std::span<const std::unique_ptr<ReadJob>> jobs) {
  if (const Result<void> began = begin(store); !began.ok()) {
    for (const auto& job : jobs) job->refuse(began.error());
    return;
  }
  for (const auto& job : jobs) job->run(*store);
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
