#include "server/loop/blocking_pool.h"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace mpim {

// The queue and its threads. Guarded by `mutex` where it says so.
struct BlockingPool::Core {
  void work() {
    for (;;) {
      std::unique_lock lock(mutex);
      ready.wait(lock, [this] { return ending || !queue.empty(); });
      if (queue.empty()) return;
      Task task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      task();
    }
  }

  std::string name;
  uint32_t queue_max = 0;
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<Task> queue;  // guarded
  bool ending = false;     // guarded
  std::vector<std::thread> threads;
};

BlockingPool::BlockingPool(std::string name, uint32_t threads, uint32_t queue_max)
    : core_(std::make_unique<Core>()) {
  core_->name = std::move(name);
  core_->queue_max = queue_max;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (uint32_t i = 0; i < std::max(threads, 1U); ++i) {
    core_->threads.emplace_back([core = core_.get()] {
      pthread_setname_np(pthread_self(), core->name.substr(0, 15).c_str());
      core->work();
    });
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

BlockingPool::~BlockingPool() {
  {
    std::lock_guard lock(core_->mutex);
    core_->ending = true;
  }
  core_->ready.notify_all();
  for (std::thread& thread : core_->threads) thread.join();
}

Result<void> BlockingPool::submit(Task task, uint32_t queue_max) {
  {
    std::lock_guard lock(core_->mutex);
    if (core_->queue.size() >= std::min(core_->queue_max, queue_max)) {
      return Error{Code::kBusy, "the queue of " + core_->name + " is full; try again in a moment",
                   1'000};
    }
    core_->queue.push_back(std::move(task));
  }
  core_->ready.notify_one();
  return {};
}

}  // namespace mpim
