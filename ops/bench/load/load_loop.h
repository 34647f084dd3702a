// Waits for many sockets and for a point in time, to within a fraction of a millisecond.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ops/bench/load/load_schedule.h"
#include "server/core/result.h"
#include "server/loop/unique_fd.h"

struct epoll_event;

namespace mpim::ops {

// A socket that a LoadLoop watches.
class Watched {
 public:
  virtual ~Watched() = default;
  virtual void on_ready(bool readable, bool writable) = 0;
  virtual void flush() = 0;  // writes what was gathered during a turn
};

// Threads  one: that of the whole load test, so that no lock and no hand-over is measured.
// Order    a turn flushes who asked for it, waits, tells what happened, and flushes again.
// Lifetime a Watched forgets itself here before it dies; it may do so during a turn.
class LoadLoop {
 public:
  static Result<LoadLoop> make();  // kUnavailable: out of file descriptors

  Result<void> watch(int fd, Watched& who);
  void want_writable(int fd, Watched& who, bool wanted);
  void forget(int fd, Watched& who);
  void flush_later(Watched& who) { unflushed_.push_back(&who); }

  // Returns when something happened, `until` has come or a signal was caught.
  void turn(LoadTime until);

 private:
  static constexpr size_t kEventsOfTurn = 256;

  LoadLoop(UniqueFd poll, UniqueFd timer) : poll_(std::move(poll)), timer_(std::move(timer)) {}
  void arm(LoadTime until);
  void flush_all();

  UniqueFd poll_;
  UniqueFd timer_;
  LoadTime armed_;
  std::vector<Watched*> unflushed_;
  std::vector<Watched*> flushing_;
  std::array<Watched*, kEventsOfTurn> told_{};  // during a turn
};

}  // namespace mpim::ops
