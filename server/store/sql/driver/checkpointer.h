// Copies SQLite's log into its database beside the writer.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace mpim {

// Most of a checkpoint is copying and two syncs, and SQLite lets another connection do that while
// transactions go on (PASSIVE, https://www.sqlite.org/c3ref/wal_checkpoint_v2.html). What was
// committed meanwhile stays for the writer: little.
// Threads  ask() and take_finished(): the writer's. The copying: its own, started when first asked.
// Errors   none: what could not be copied, the writer finds when it tries itself.
class Checkpointer {
 public:
  explicit Checkpointer(std::string path) : path_(std::move(path)) {}
  ~Checkpointer();  // waits for the copying under way

  void ask();            // begins copying, unless that is under way
  bool take_finished();  // whether copying has ended since it was last asked

 private:
  enum class State { kIdle, kAsked, kFinished };

  void run();
  void copy() const;

  const std::string path_;
  std::mutex mutex_;  // guards the two below
  std::condition_variable changed_;
  State state_ = State::kIdle;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mpim
