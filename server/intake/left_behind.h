// What still waits in the queue for nodes that do not use it.
#pragma once

#include <atomic>

#include "server/redis/redis_client.h"

namespace mpim {

// Whoever goes back to message.accept = stored before the queue is empty leaves there what was
// answered with a ticket: no node stores it until one accepts queued messages again.
// Threads  waiting() from any; look() on the client's loop.
// Errors   a Redis that refuses the look, by its ACL, has nothing for us.
class LeftBehind {
 public:
  explicit LeftBehind(RedisClient& redis) : redis_(redis) {}

  void look();
  uint64_t waiting() const { return waiting_; }  // messages and acknowledgements, when last looked

 private:
  RedisClient& redis_;
  std::atomic<uint64_t> waiting_{0};
};

}  // namespace mpim
