#include "server/store/threaded_storage.h"

namespace mpim {

Result<std::unique_ptr<ThreadedStorage>> ThreadedStorage::start(const OpenStore& open_writer,
                                                                OpenStore open_reader,
                                                                const StorageOptions& options) {
  MPIM_TRY(std::unique_ptr<Store> writer, open_writer());
  return std::unique_ptr<ThreadedStorage>(
      new ThreadedStorage(std::move(writer), std::move(open_reader), options));
}

ThreadedStorage::ThreadedStorage(std::unique_ptr<Store> writer, OpenStore open_reader,
                                 const StorageOptions& options)
    : writer_(std::move(writer), options.writer),
      readers_(std::move(open_reader), options.readers, options.reads_max) {}

// One writer takes everything in the order it came, so `about` needs no looking at.
void ThreadedStorage::submit(ConversationId, std::unique_ptr<WriteJob> job) {
  writer_.submit(std::move(job));
}

void ThreadedStorage::submit(std::unique_ptr<ReadJob> job) { readers_.submit(std::move(job)); }

void ThreadedStorage::stop() {
  writer_.stop();
  readers_.stop();
}

}  // namespace mpim
