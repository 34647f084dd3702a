// A Storage and an Executor without threads: for tests that ask one question after another.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "server/store/storage.h"

namespace mpim::testing {

// Time that only moves by hand.
class ManualClock final : public Clock {
 public:
  Timestamp wall() const override { return Timestamp{1'700'000'000'000 + now_ms}; }
  Instant steady() const override { return Instant{now_ms}; }
  int64_t now_ms = 1'000;
};

// Tasks wait until somebody calls run().
class ManualLoop final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  TimerId after(Millis delay, Task task) override {
    const TimerId id{++last_timer_};
    timers_.emplace(std::pair{clock_.steady() + delay, id.value}, std::move(task));
    return id;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [&](const auto& each) { return each.first.second == timer.value; });
  }
  const Clock& clock() const override { return clock_; }

  // Runs what was posted, and what that posts, until nothing is left.
  void run() {
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  void advance(Millis by) {
    const Instant until = clock_.steady() + by;
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      auto due = timers_.extract(timers_.begin());
      clock_.now_ms = due.key().first.ms;
      due.mapped()();
      run();
    }
    clock_.now_ms = until.ms;
    run();
  }

 private:
  ManualClock clock_;
  std::deque<Task> tasks_;
  std::map<std::pair<Instant, uint64_t>, Task> timers_;
  uint64_t last_timer_ = 0;
};

// Runs each job at once, each write in a transaction of its own. `failing` answers instead, if it
// is set.
class DirectStorage final : public Storage {
 public:
  explicit DirectStorage(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  using Storage::append;
  using Storage::read;
  using Storage::write;

  void submit(ConversationId, std::unique_ptr<WriteJob> job) override {
    if (failing) return job->settle(failing);
    std::optional<Error> failed = error_of(store_->begin());
    if (!failed && job->run(*store_)) {
      failed = error_of(store_->commit());
    } else {
      store_->rollback();
    }
    job->settle(failed);
  }
  void submit(std::unique_ptr<ReadJob> job) override {
    if (failing) return job->refuse(*failing);
    job->run(*store_);
  }
  Store& store() { return *store_; }

  std::optional<Error> failing;

 private:
  static std::optional<Error> error_of(const Result<void>& result) {
    return result.ok() ? std::nullopt : std::optional(result.error());
  }
  std::unique_ptr<Store> store_;
};

}  // namespace mpim::testing
