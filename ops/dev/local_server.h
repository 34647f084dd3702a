// A mpimd process on this machine: starting it, waiting for it, ending it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "server/core/result.h"

namespace mpim::ops {

// A file descriptor that closes with its object.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept;
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd();
  int get() const { return fd_; }
  void close();

 private:
  int fd_;
};

// The mpimd that stands beside this program. kUnavailable when there is none.
Result<std::string> server_program();

// A child of ours that runs mpimd.
//
// Threads  one.
// Lifetime the server outlives the object; a server that never got ready does not.
class LocalServer {
 public:
  struct Options {
    std::vector<std::string> flags;  // of mpimd
    std::string log_path;            // where its stderr goes; empty: to our own
    bool detached = true;            // a session of its own; else it ends when we do
  };
  // Starts server_program() and waits for its ready line. kUnavailable: there is none, or it ended
  // before it was ready, with its own last words; kDeadline.
  static Result<LocalServer> start(const Options& options, std::chrono::milliseconds patience);

  pid_t pid() const { return pid_; }
  // Passes SIGINT and SIGTERM on as SIGTERM, until it ends; answers its exit code. `on_signal` is
  // called for the first of them.
  int follow(const std::function<void()>& on_signal);

 private:
  Result<void> await_ready(const Options& options, std::chrono::milliseconds patience,
                           size_t log_from);
  Error ended_early(const Options& options, size_t log_from);

  pid_t pid_ = -1;
  OwnedFd out_;
};

// Sends SIGTERM and waits for the end. kNotFound: no such process; kDenied; kDeadline.
Result<void> end_process(pid_t pid, std::chrono::milliseconds patience);

// Whether something can listen at ADDR:PORT now. kUnavailable says it is in use.
Result<void> check_free(const std::string& address, const std::string& flag);

}  // namespace mpim::ops
