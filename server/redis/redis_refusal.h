// What a Redis that answers refuses to one part of a node.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "server/loop/event_loop.h"
#include "server/redis/redis_answer.h"

namespace mpim {

// A right that was taken away, no memory left, a replica that may only be read: known from the
// answer that says so until one of the same kind says otherwise. One line in the log for either.
// While it lasts `again` runs every kAgain: it ends by itself, whether anybody asks or not.
// Threads  why() from any; everything else on the loop.
// Lifetime stop() before its loop ends.
class RedisRefusal {
 public:
  static constexpr Millis kAgain{1'000};

  // `part` names what does not work, for people: "publish". `again` asks for it, and its answer is
  // to be noted.
  RedisRefusal(EventLoop& loop, std::string part, std::function<void()> again);

  // An answer to this part; of a Redis that is away it means nothing. True: refused so far, and not
  // any more.
  bool note(const Result<RedisAnswer>& answer);
  void stop();
  const std::string& part() const { return part_; }
  std::string why() const;  // in Redis' own words; empty: nothing is refused

 private:
  void begin(const std::string& why);
  void set_why(const std::string& why);
  void try_again();

  EventLoop& loop_;
  const std::string part_;
  const std::function<void()> again_;
  std::atomic<bool> refused_{false};  // saves those who note an answer the mutex
  TimerId timer_;
  mutable std::mutex mutex_;
  std::string why_;  // guarded
};

}  // namespace mpim
