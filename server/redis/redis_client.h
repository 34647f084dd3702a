// Redis for the whole node: commands from any thread over one connection.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "server/redis/redis_link.h"

namespace mpim {

// How the connection stands, for people.
struct RedisState {
  bool up = false;
  Error why;  // not up: what happened last
  Timestamp since;
};

// Threads  ask(), up() and state() from any; start(), stop() and `changed` on the loop.
// Order    commands of one thread are sent in the order they were asked; those of one turn of the
//          loop travel together. An answer runs on the loop, never inside ask().
// Limits   RedisOptions::pipeline_max commands wait; more are answered kBusy.
// Errors   as RedisLink.
class RedisClient {
 public:
  using Answered = RedisLink::Answered;

  RedisClient(EventLoop& loop, const RedisOptions& options);

  // `changed` hears of each change of up(), and before start() only is it set.
  void on_change(std::function<void(bool up)> changed) { changed_ = std::move(changed); }
  void start();
  void stop();

  void ask(RedisCommand command, Answered answered);
  void tell(RedisCommand command);  // whose answer is of no matter
  bool up() const { return up_; }
  RedisState state() const;
  EventLoop& loop() { return loop_; }

 private:
  void note(bool up, const Error& why);

  EventLoop& loop_;
  const RedisOptions options_;
  RedisLink link_;
  std::function<void(bool)> changed_;
  std::atomic<bool> up_{false};
  std::atomic<size_t> waiting_{0};
  mutable std::mutex mutex_;
  RedisState state_;  // guarded
};

}  // namespace mpim
