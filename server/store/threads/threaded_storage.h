// Storage on threads: writers with group commit, several readers beside them.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/store/threads/store_reader.h"
#include "server/store/threads/store_writer.h"

namespace mpim {

// How many connections there are, what they do at once, and for how long who waits.
struct StorageOptions {
  WriterOptions writer;
  // Writers for messages alone, beside the one for everything else: where many processes write, so
  // do several of one. 0: one writer does it all.
  uint32_t appenders = 0;
  uint32_t readers = 2;
  uint32_t reads_max = kWriterQueue.standard;  // reads waiting; beyond that the answer is kBusy
  // A job that has waited longer without having begun is refused, kUnavailable. 0: none is.
  Millis wait_max{0};
  // What was idle for so long lets its connection rest: readers and appenders. 0: nothing does.
  Millis rest_after{0};
};

// See Storage for what is promised, StoreWriter for how writes are gathered. With appenders one
// sender's messages to one receiver or group go through one of them, in their order; what is not a
// message has no order with messages that were not answered yet.
class ThreadedStorage final : public Storage {
 public:
  using OpenStore = StoreReaders::OpenStore;

  // Opens the writers' Stores here and now; an error is the answer. Readers open theirs with
  // `open_reader` when they are first asked, and answer kUnavailable as long as that fails.
  static Result<std::unique_ptr<ThreadedStorage>> start(const OpenStore& open_writer,
                                                        OpenStore open_reader,
                                                        const StorageOptions& options = {});
  ~ThreadedStorage() override { stop(); }

  using Storage::append;
  using Storage::read;
  using Storage::write;
  void submit(ConversationId about, std::unique_ptr<WriteJob> job) override;
  void submit(std::unique_ptr<ReadJob> job) override;

  // Finishes the jobs it has taken, and answers later ones kDraining. May be called twice.
  // Executors that wait for replies must still run, or be destroyed only after this returns.
  void stop();

  // Whether the last write succeeded, or the database was reopened since; and if not, why.
  bool healthy() const;
  std::string last_error() const;
  std::string doubt() const;  // as StoreWriter
  uint32_t waiting() const;   // write jobs, now

 protected:
  size_t lanes() const override { return std::max<size_t>(writers_.size() - 1, 1); }

 private:
  ThreadedStorage(std::vector<std::unique_ptr<Store>> writers, OpenStore open_reader,
                  const StorageOptions& options);
  void refuse_overdue();

  const Millis wait_max_;
  std::vector<std::unique_ptr<StoreWriter>> writers_;  // all but the first are appenders
  StoreReaders readers_;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread watch_;  // of those that wait, while everybody else may stand still
};

}  // namespace mpim
