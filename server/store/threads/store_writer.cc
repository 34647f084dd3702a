#include "server/store/threads/store_writer.h"

#include <algorithm>

#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

uint32_t weight_of(std::span<const WaitingJobs<WriteJob>::Waiting> jobs) {
  uint32_t weight = 0;
  for (const auto& each : jobs) weight += each.job->weight();
  return weight;
}

const Error kWaitedTooLong{Code::kUnavailable,
                           "the database is too slow, and nothing was stored: try again"};

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
      queue_.push(std::move(job), std::chrono::steady_clock::now());
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

std::string StoreWriter::doubt(Moment now) const {
  const std::lock_guard lock(mutex_);
  return now - failed_at_ < kDoubt ? failed_why_ : std::string();
}

StoreWriter::Moment StoreWriter::refuse_older(Moment than, Moment now) {
  std::unique_lock lock(mutex_);
  std::vector<Waiting> overdue = queue_.pop_older(than);
  const Moment oldest = queue_.oldest(now);
  lock.unlock();
  waiting_.fetch_sub(weight_of(overdue), std::memory_order_relaxed);
  count(Counter::kStoreOverdue, overdue.size());
  settle(overdue, kWaitedTooLong);
  return oldest;
}

void StoreWriter::run() {
  std::vector<Waiting> batch;
  while (take(batch)) {
    if (batch.empty() && !closed_) idle();
    if (closed_ && std::chrono::steady_clock::now() >= next_try_) try_to_reopen();
    if (!batch.empty()) write_batch(batch);
  }
}

// How many of those that wait make one transaction: at least one.
size_t StoreWriter::first_batch() const {
  uint64_t weight = 0;
  for (size_t count = 0; count < queue_.size(); ++count) {
    weight += queue_[count].job->weight();
    if (count > 0 && weight > options_.batch_jobs_max) return count;
  }
  return queue_.size();
}

// Waits for jobs, or until it is time to reopen; false once stopped with nothing left to do.
bool StoreWriter::take(std::vector<Waiting>& batch) {
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
      wake_.wait_until(lock, queue_[0].since + options_.gather,
                       [this] { return stopping_ || urgent_; });
  }
  batch = queue_.pop(first_batch());
  urgent_ = !queue_.empty();  // what did not fit has waited long enough
  return !batch.empty() || !stopping_;
}

void StoreWriter::write_batch(std::span<Waiting> batch) {
  const uint32_t weight = weight_of(batch);
  waiting_.fetch_sub(weight, std::memory_order_relaxed);
  if (closed_) {
    std::unique_lock lock(mutex_);
    const Error why = closed_error();
    lock.unlock();
    return settle(batch, why);
  }
  const auto start = worked_at_ = std::chrono::steady_clock::now();
  resting_ = false;
  for (const Waiting& each : batch) {
    observe(Histogram::kStoreWaitSeconds, seconds_between(each.since, start));
  }
  const Result<void> done = run_until_through(batch);
  if (!done.ok()) {
    if (done.error().code != Code::kBusy)
      fell_ill(done.error(), true);  // first: whoever hears of it finds it in /healthz, too
    return settle(batch, done.error());
  }
  observe(Histogram::kStoreCommitSeconds, seconds_between(start, std::chrono::steady_clock::now()));
  count(Counter::kStoreBatches);
  count(Counter::kStoreJobs, weight);
  went_through();
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

void StoreWriter::idle() {
  const auto now = std::chrono::steady_clock::now();
  if (options_.rest_after == Millis(0) || now - worked_at_ < options_.rest_after) return look();
  if (!std::exchange(resting_, true)) store_->rest();
}

void StoreWriter::look() {
  if (options_.look_every == Millis(0)) return;
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

void StoreWriter::went_through() {
  if (failures_ == 0) return;
  failures_ = 0;
  const std::lock_guard lock(mutex_);
  failed_why_.clear();
}

void StoreWriter::fell_ill(const Error& why, bool with_jobs) {
  count(Counter::kStoreFailures);
  {
    const std::lock_guard lock(mutex_);
    last_error_ = why.message;
    if (with_jobs) failed_why_ = why.message;
    if (with_jobs) failed_at_ = std::chrono::steady_clock::now();
    away_ = failures_ > 0;
    absent_ = !with_jobs;
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
    if (std::exchange(absent_, false)) failed_why_.clear();  // that was why
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
