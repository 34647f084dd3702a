#include "server/store/store_writer.h"

#include <algorithm>

#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

StoreWriter::StoreWriter(std::unique_ptr<Store> store, WriterOptions options)
    : store_(std::move(store)), options_(options), thread_([this] { run(); }) {}

StoreWriter::~StoreWriter() { stop(); }

void StoreWriter::submit(std::unique_ptr<WriteJob> job) {
  std::optional<Error> refused;
  bool look = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = Error{Code::kDraining, "the store is stopping: try another node"};
    } else if (away_) {
      refused = closed_error();
    } else if (const uint32_t now = waiting_.load(std::memory_order_relaxed);
               now > 0 && now + job->weight() > options_.queue_max) {
      refused = Error{Code::kBusy, "too many writes wait for the store: try again"};
    } else {
      waiting_.fetch_add(job->weight(), std::memory_order_relaxed);
      look = queue_.empty() || (job->urgent() && !urgent_);
      urgent_ = urgent_ || job->urgent();
      queue_.push_back({std::move(job), std::chrono::steady_clock::now()});
    }
  }
  if (refused) return job->settle(refused);  // NOLINT(bugprone-use-after-move): it was not taken
  if (look) wake_.notify_one();
}

void StoreWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Error StoreWriter::closed_error() const {
  return {Code::kUnavailable, "the database failed and is not open again yet: " + last_error_};
}

std::string StoreWriter::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void StoreWriter::run() {
  std::vector<Waiting> taken;
  while (take(taken)) {
    if (taken.empty() && !closed_) look();
    if (closed_ && std::chrono::steady_clock::now() >= next_try_) try_to_reopen();
    for (std::span<Waiting> rest(taken); !rest.empty();) {
      const size_t batch = batch_of(rest);
      write_batch(rest.first(batch));
      rest = rest.subspan(batch);
    }
    taken.clear();
  }
}

// How many of these make one transaction: at least one.
size_t StoreWriter::batch_of(std::span<const Waiting> waiting) const {
  uint64_t weight = 0;
  for (size_t count = 0; count < waiting.size(); ++count) {
    weight += waiting[count].job->weight();
    if (count > 0 && weight > options_.batch_jobs_max) return count;
  }
  return waiting.size();
}

// Waits for jobs, or until it is time to reopen; false once stopped with nothing left to do.
bool StoreWriter::take(std::vector<Waiting>& taken) {
  std::unique_lock lock(mutex_);
  const auto something = [this] { return stopping_ || !queue_.empty(); };
  if (closed_) {
    wake_.wait_until(lock, next_try_, something);
  } else {
    if (options_.look_every == Millis(0))
      wake_.wait(lock, something);
    else
      wake_.wait_for(lock, options_.look_every, something);
    if (!queue_.empty())
      wake_.wait_until(lock, queue_.front().since + options_.gather,
                       [this] { return stopping_ || urgent_; });
  }
  std::swap(taken, queue_);
  urgent_ = false;
  return !taken.empty() || !stopping_;
}

void StoreWriter::write_batch(std::span<Waiting> batch) {
  uint32_t weight = 0;
  for (const Waiting& each : batch) weight += each.job->weight();
  waiting_.fetch_sub(weight, std::memory_order_relaxed);
  if (closed_) {
    std::unique_lock lock(mutex_);
    const Error why = closed_error();
    lock.unlock();
    return settle(batch, why);
  }
  const auto start = std::chrono::steady_clock::now();
  for (const Waiting& each : batch) {
    observe(Histogram::kStoreWaitSeconds, seconds_between(each.since, start));
  }
  const Result<void> done = run_until_through(batch);
  if (!done.ok()) {
    if (done.error().code != Code::kBusy)
      fell_ill(done.error());  // first: whoever hears of the failure finds it in /healthz, too
    return settle(batch, done.error());
  }
  observe(Histogram::kStoreCommitSeconds, seconds_between(start, std::chrono::steady_clock::now()));
  count(Counter::kStoreBatches);
  count(Counter::kStoreJobs, weight);
  failures_ = 0;
  settle(batch, std::nullopt);
}

// Two that stood in each other's way do so less when they do not try again at one moment.
Result<void> StoreWriter::run_until_through(std::span<Waiting> batch) {
  for (uint32_t attempt = 1;; ++attempt) {
    Result<void> done = run_jobs(batch);
    if (done.ok() || done.error().code != Code::kBusy || attempt >= options_.attempts_max)
      return done;
    count(Counter::kStoreRetries);
    std::uniform_int_distribution<int64_t> pause(0, options_.again_delay_max.count() * 1'000);
    if (attempt > 1) std::this_thread::sleep_for(std::chrono::microseconds(pause(random_)));
  }
}

Result<void> StoreWriter::begin(std::span<const Waiting> batch) {
  drafts_.clear();
  bool only_appends = true;
  for (const Waiting& each : batch) {
    const std::span<const Draft> drafts = each.job->drafts();
    only_appends = only_appends && !drafts.empty();
    for (const Draft& draft : drafts) drafts_.push_back(&draft);
  }
  MPIM_CHECKED(store_->begin(only_appends ? Writes::kAppends : Writes::kAnything));
  if (drafts_.empty()) return {};
  Result<void> expected = store_->log().expect(drafts_);
  if (!expected.ok()) store_->rollback();
  return expected;
}

void StoreWriter::look() {
  const Result<void> answers = store_->begin(Writes::kAppends);
  if (!answers.ok()) return fell_ill(answers.error());
  if (const Result<void> ended = store_->commit(); !ended.ok()) fell_ill(ended.error());
}

Result<void> StoreWriter::run_jobs(std::span<Waiting> batch) {
  MPIM_CHECKED(begin(batch));
  for (Waiting& each : batch) {
    if (Result<void> ran = run_job(*each.job); !ran.ok()) {
      store_->rollback();
      return ran;
    }
  }
  return store_->commit();
}

Result<void> StoreWriter::run_job(WriteJob& job) {
  if (!job.needs_savepoint()) {
    job.run(*store_);
    return {};
  }
  MPIM_CHECKED(store_->savepoint());
  if (job.run(*store_)) return store_->release();
  store_->rollback_to_savepoint();
  return {};
}

void StoreWriter::settle(std::span<Waiting> batch, const std::optional<Error>& failed) {
  for (Waiting& each : batch) {
    each.job->settle(failed);
    each.job.reset();
  }
}

void StoreWriter::fell_ill(const Error& why) {
  count(Counter::kStoreFailures);
  {
    const std::lock_guard lock(mutex_);
    last_error_ = why.message;
    away_ = failures_ > 0;
  }
  if (healthy_.exchange(false)) log_error("store.failed", {{"why", why.message}});
  ++failures_;
  closed_ = true;
  // The first failure is followed by an attempt at once: most of them concern one transaction.
  const uint32_t doublings = std::min(failures_ > 1 ? failures_ - 2 : 0, 16U);
  const Millis delay = failures_ == 1 ? Millis(0)
                                      : std::min(options_.reopen_delay_min * (1 << doublings),
                                                 options_.reopen_delay_max);
  next_try_ = std::chrono::steady_clock::now() + delay;
}

void StoreWriter::recovered() {
  {
    const std::lock_guard lock(mutex_);
    last_error_.clear();
    away_ = false;
  }
  healthy_ = true;
  log_info("store.recovered");
}

void StoreWriter::try_to_reopen() {
  const Result<void> opened = store_->reopen();
  if (!opened.ok()) return fell_ill(opened.error());
  closed_ = false;
  recovered();
}

}  // namespace mpim
