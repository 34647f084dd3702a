// The channels a node listens to, over a connection of their own.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "server/redis/redis_link.h"
#include "server/redis/redis_refusal.h"

namespace mpim {

// Threads  its loop's own, also for the hooks.
// Order    messages of one channel run in the order in which they were published.
// Errors   what is published while the connection is down is lost; `subscribed` says when all
//          channels are heard again. A Redis that refuses a channel is asked again.
// Lifetime as RedisLink.
class RedisSubscriber {
 public:
  using Heard = std::function<void(const std::string& channel, const std::string& message)>;

  RedisSubscriber(EventLoop& loop, const RedisOptions& options, Heard heard,
                  std::function<void()> subscribed);

  // From now on these, and no others. `subscribed` runs when that is so, and again after each loss
  // of the connection.
  void listen_to(std::vector<std::string> channels);
  void stop();
  bool listening() const { return listening_; }  // from any thread
  const RedisRefusal& refusal() const { return refusal_; }

 private:
  void subscribe();

  const Heard heard_;
  const std::function<void()> subscribed_;
  RedisLink link_;
  std::vector<std::string> channels_;
  size_t confirmed_ = 0;
  std::atomic<bool> listening_{false};
  RedisRefusal refusal_;
};

}  // namespace mpim
