#include "server/node/leaving/drain.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "server/telemetry/log.h"

namespace mpim {
namespace {

// Beyond its own time-out: for what the gateway does after it, and for a loop that is busy.
constexpr Millis kSlack{3'000};

// Counts answers that come from several threads.
class Countdown {
 public:
  explicit Countdown(size_t from) : left_(from) {}
  void one() {
    const std::lock_guard lock(mutex_);
    --left_;
    over_.notify_all();
  }
  bool wait(Millis most) {
    std::unique_lock lock(mutex_);
    return over_.wait_for(lock, most, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  size_t left_;
};

}  // namespace

bool drain_workers(const std::vector<std::unique_ptr<Worker>>& workers, Millis time_out) {
  const auto began = std::chrono::steady_clock::now();
  const auto drained = std::make_shared<Countdown>(workers.size());
  for (const auto& worker : workers)
    worker->loop().post([gateway = &worker->gateway(), time_out, drained] {
      gateway->drain(time_out, [drained] { drained->one(); });
    });
  if (!drained->wait(time_out + kSlack))
    log_warn("node.drain_unfinished", {{"after_ms", time_out.count()}});
  const auto flushed = std::make_shared<Countdown>(2 * workers.size());
  for (const auto& worker : workers)
    worker->loop().post([worker = worker.get(), flushed] {
      worker->hub().flush_cursors([flushed] { flushed->one(); });
      worker->presence().flush([flushed] { flushed->one(); });
    });
  const auto gone = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began);
  const bool written = flushed->wait(std::max(kFlushMin, time_out - gone));
  if (!written) log_warn("node.cursors_unwritten");
  return written;
}

}  // namespace mpim
