#include "server/store/threads/threaded_storage.h"

namespace mpim {
namespace {

constexpr uint32_t kJobsApart = 64;

}  // namespace

Result<std::unique_ptr<ThreadedStorage>> ThreadedStorage::start(const OpenStore& open_writer,
                                                                OpenStore open_reader,
                                                                const StorageOptions& options) {
  std::vector<std::unique_ptr<Store>> writers;
  while (writers.size() < 1 + options.appenders) {
    MPIM_TRY(std::unique_ptr<Store> writer, open_writer());
    writers.push_back(std::move(writer));
  }
  return std::unique_ptr<ThreadedStorage>(
      new ThreadedStorage(std::move(writers), std::move(open_reader), options));
}

ThreadedStorage::ThreadedStorage(std::vector<std::unique_ptr<Store>> writers, OpenStore open_reader,
                                 const StorageOptions& options)
    : wait_max_(options.wait_max),
      readers_(std::move(open_reader), options.readers, options.reads_max, options.rest_after) {
  // What is not a message holds up others on all nodes as long as its transaction takes.
  WriterOptions first = options.writer;
  if (options.appenders > 0) first.batch_jobs_max = std::min(first.batch_jobs_max, kJobsApart);
  // The first one rests never: it sees by itself when the database goes away.
  WriterOptions appender = options.writer;
  appender.rest_after = options.rest_after;
  for (std::unique_ptr<Store>& writer : writers)
    writers_.push_back(
        std::make_unique<StoreWriter>(std::move(writer), writers_.empty() ? first : appender));
  if (wait_max_ > Millis(0)) watch_ = std::thread([this] { refuse_overdue(); });
}

// What comes while it sleeps is not overdue before it wakes.
void ThreadedStorage::refuse_overdue() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    auto oldest = readers_.refuse_older(now - wait_max_, now);
    for (const auto& writer : writers_)
      oldest = std::min(oldest, writer->refuse_older(now - wait_max_, now));
    stop_.wait_until(lock, oldest + wait_max_ + Millis(1), [this] { return stopping_; });
  }
}

void ThreadedStorage::submit(ConversationId, std::unique_ptr<WriteJob> job) {
  const std::span<const Draft> drafts = job->drafts();
  const bool apart = writers_.size() > 1 && !drafts.empty();
  const size_t writer = apart ? 1 + append_lane(drafts.front(), lanes()) : 0;
  writers_[writer]->submit(std::move(job));
}

void ThreadedStorage::submit(std::unique_ptr<ReadJob> job) { readers_.submit(std::move(job)); }

void ThreadedStorage::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (watch_.joinable()) watch_.join();
  for (const auto& writer : writers_) writer->stop();
  readers_.stop();
}

bool ThreadedStorage::healthy() const {
  return std::ranges::all_of(writers_, [](const auto& writer) { return writer->healthy(); });
}

std::string ThreadedStorage::last_error() const {
  for (const auto& writer : writers_)
    if (!writer->healthy()) return writer->last_error();
  return {};
}

std::string ThreadedStorage::doubt() const {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& writer : writers_)
    if (std::string why = writer->doubt(now); !why.empty()) return why;
  return {};
}

uint32_t ThreadedStorage::waiting() const {
  uint32_t all = 0;
  for (const auto& writer : writers_) all += writer->waiting();
  return all;
}

}  // namespace mpim
