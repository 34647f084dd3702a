// Storage on threads: one writer with group commit, several readers beside it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/store/store_reader.h"
#include "server/store/store_writer.h"

namespace mpim {

struct StorageOptions {
  WriterOptions writer;
  uint32_t readers = 2;
  uint32_t reads_max = kWriterQueue.standard;  // reads waiting; beyond that the answer is kBusy
};

// See Storage for what is promised, StoreWriter for how writes are gathered.
class ThreadedStorage final : public Storage {
 public:
  using OpenStore = StoreReaders::OpenStore;

  // Opens the writer's Store here and now; its error is the answer. Readers open theirs with
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
  bool healthy() const { return writer_.healthy(); }
  std::string last_error() const { return writer_.last_error(); }
  uint32_t waiting() const { return writer_.waiting(); }  // write jobs, now

 private:
  ThreadedStorage(std::unique_ptr<Store> writer, OpenStore open_reader,
                  const StorageOptions& options);

  StoreWriter writer_;
  StoreReaders readers_;
};

}  // namespace mpim
