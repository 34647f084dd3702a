// Jobs of the store that have not begun yet, and since when each has waited.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace mpim {

// First in, first out.
// Threads  one at a time: whoever shares it has a mutex.
template <class Job>
class WaitingJobs {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  struct Waiting {
    std::unique_ptr<Job> job;
    Moment since;
  };

  void push(std::unique_ptr<Job> job, Moment now) { jobs_.push_back({std::move(job), now}); }
  bool empty() const { return jobs_.empty(); }
  size_t size() const { return jobs_.size(); }
  const Waiting& operator[](size_t place) const { return jobs_[place]; }
  Waiting pop() {
    Waiting first = std::move(jobs_.front());
    jobs_.pop_front();
    return first;
  }
  std::vector<Waiting> pop(size_t count) {
    std::vector<Waiting> popped;
    popped.reserve(count);
    while (popped.size() < count) popped.push_back(pop());
    return popped;
  }
  // Those that have waited since before that moment.
  std::vector<Waiting> pop_older(Moment than) {
    std::vector<Waiting> older;
    while (!jobs_.empty() && jobs_.front().since < than) older.push_back(pop());
    return older;
  }
  // Since when the oldest has waited; `now` when there is none.
  Moment oldest(Moment now) const { return jobs_.empty() ? now : jobs_.front().since; }

 private:
  std::deque<Waiting> jobs_;
};

}  // namespace mpim
