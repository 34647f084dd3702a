// Carries files to and from the server's HTTP port.
#pragma once

#include <atomic>
#include <string>

#include "client-cli/files/file_kind.h"
#include "client-cli/link/account.h"
#include "server/core/reply.h"
#include "server/loop/blocking_pool.h"

namespace mpim::chat {

// An upload that the server has.
struct SentFile {
  FileId id;
  uint64_t bytes = 0;
  std::string name;
  FileKind kind;
};

// Threads  the loop's own; the work is done on a thread beside it, and answered on the loop.
// Limits   kWaiting transfers wait, then the answer is kBusy. One that stands still for half a
//          minute fails.
// Errors   what the server says; kNotFound, kExists: of the local file; kUnavailable.
// Lifetime the destructor breaks off what is under way.
class FileCourier {
 public:
  static constexpr uint32_t kWaiting = 16;

  explicit FileCourier(ServerAddress http) : http_(std::move(http)) {}
  ~FileCourier() { ending_ = true; }

  void upload(std::string token, std::string path, Reply<SentFile> reply);
  // Into a new file, and only once all of it has come; answers how many bytes it has.
  void download(std::string token, FileId file, std::string path, Reply<uint64_t> reply);

 private:
  template <class T, class F>
  void submit(F work, Reply<T> reply);

  std::string address() const;

  const ServerAddress http_;
  std::atomic<bool> ending_{false};
  BlockingPool pool_{"files", 1, kWaiting};  // last: its thread uses the others
};

}  // namespace mpim::chat
