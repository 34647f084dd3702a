// This node's own entries in the routes that all nodes share.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "server/directory/local_directory.h"
#include "server/redis/redis_client.h"
#include "server/redis/redis_refusal.h"

namespace mpim {

// route:<uid> is a hash from a node's id to "<epoch> <sessions> <since>". Whoever writes into it
// gives it `life` again; a node writes and removes its own entry alone, and only while it
// is of its own run.
// Threads  changed() and when_written() from any; the rest on the client's loop.
// Order    what is written is how it is when it is written: of several changes the last one stays.
// Limits   kPage users are written at once; others' commands go between.
// Time     every entry is written again each third of `life`.
// Errors   while Redis is away or the lease is not held nothing is written: rewrite() does it then.
//          What Redis refuses is written when it refuses no more.
class RouteBook {
 public:
  static constexpr uint32_t kPage = 500;

  RouteBook(RedisClient& redis, const LocalDirectory& here, NodeRun self, Millis life,
            std::function<bool()> held);

  void changed(UserId user);
  // `done`, on the loop, when Redis has what was changed so far, or cannot be told.
  void when_written(Task done);
  // Everybody who is here, anew; `done` when Redis has all of it.
  void rewrite(Task done);
  void start();
  void stop();
  const RedisRefusal& refusal() const { return refusal_; }

 private:
  void flush_soon();  // with the mutex held
  void flush();
  void confirm(Task done);
  void write(const Route& route);
  void erase(UserId user);
  void prove();
  void walk(UserId after, Task done);
  void beat();

  RedisClient& redis_;
  const LocalDirectory& here_;
  const NodeRun self_;
  const Millis life_;
  const std::function<bool()> held_;
  TimerId timer_;
  RedisRefusal refusal_;
  std::mutex mutex_;
  std::set<UserId> changed_;   // guarded
  std::vector<Task> waiting_;  // guarded
  bool flushing_ = false;      // guarded: a flush is under way to the loop
};

// An entry's value, and back; nothing for what is none.
std::string route_text(uint64_t epoch, uint32_t sessions, Timestamp since);
std::optional<Route> route_from(UserId user, const std::string& node, const std::string& text,
                                uint64_t& epoch);

}  // namespace mpim
