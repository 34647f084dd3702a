// The directory that nodes share through Redis.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "server/core/envelope.h"
#include "server/core/limits.h"
#include "server/directory/local_directory.h"
#include "server/directory/route_book.h"
#include "server/directory/route_cache.h"

namespace mpim {

struct RouteOptions {
  NodeRun self;
  Millis life{120'000};  // of a route in Redis
  size_t cached_max = 100'000;
  Millis cached_for{5'000};
  size_t user_nodes_max = kUserNodes.standard;
};

// What the directory asks about nodes.
struct NodesAlive {
  std::function<bool(const NodeRun&)> lives;
  std::function<std::vector<NodeId>()> all;  // without this one
  std::function<void(Task)> refresh;         // asks again who lives
  std::function<bool()> held;                // this node's own lease
};

// Who is here is known in memory; who is elsewhere is read from Redis and remembered for a while.
// An entry counts while that run of its node lives. A group is not looked up: all nodes that live
// may have members of it.
// Threads  as Directory.
// Order    answers may overtake one another: from memory at once, from Redis later.
// Limits   all questions of one turn of the loop go to Redis together; one about a user that is
//          under way already is not asked twice. RouteOptions::user_nodes_max nodes of one user
//          are looked at; those beyond are passed over and counted.
// Errors   while Redis is away, or refuses, this node is the whole answer, at once.
class RedisDirectory final : public Directory {
 public:
  RedisDirectory(RedisClient& redis, LocalDirectory& here, const RouteOptions& options,
                 NodesAlive nodes);

  void bind(UserId user, Timestamp now) override;
  void unbind(UserId user) override;
  void when_bound(Executor& home, Task bound) override;
  void nodes_of(const Audience& audience, Executor& home, NodesFound found) override;
  void nodes_of(UserId user, Executor& home, NodesFound found) override;
  // Of this node.
  std::vector<Route> routes(UserId after, uint32_t count_max) const override;
  std::optional<Route> route(UserId user) const override;

  void explain(UserId user, Executor& home, Explained explained) override;
  void list(std::span<const UserId> users, Executor& home, Listed listed) override;
  bool shared() const override { return true; }

  void start() { book_.start(); }  // on the loop, as stop() and rewrite()
  void stop();
  void rewrite(Task done) { book_.rewrite(std::move(done)); }
  // Nobody hears that node where it should be.
  void forget(const NodeId& node) { cache_.forget(node); }
  // What another node sends tells where people are, and that they came or went.
  void heard(const NodeId& from, std::span<const EnvelopePtr> envelopes);
  std::vector<const RedisRefusal*> refusals() const { return {&refusal_, &book_.refusal()}; }

 private:
  using Others = std::vector<NodeId>;
  static constexpr Millis kRefreshEvery{500};

  // One call of nodes_of() that waits for users to be looked up.
  struct Question {
    Question(Executor& asked_on, NodesFound answer) : home(&asked_on), found(std::move(answer)) {}
    Executor* home;
    NodesFound found;
    std::vector<NodeId> nodes;
    size_t unanswered = 0;  // users
  };
  // Users whose routes are being read, and who waits for them.
  struct Reading {
    std::vector<std::shared_ptr<Question>> waiting;
    bool stale = false;  // something was heard of the user meanwhile: not to be remembered
  };

  bool here(UserId user) const { return here_.route(user).has_value(); }
  void look_up(std::span<const UserId> users, Executor& home, NodesFound found);
  void read(UserId user, std::shared_ptr<Question> question);
  void take(UserId user, const Result<RedisAnswer>& fields, bool refreshed);
  void prove();
  size_t fields_taken(const Result<RedisAnswer>& fields) const;
  RouteView view_of(UserId user, const Result<RedisAnswer>& fields,
                    const std::optional<std::vector<NodeRun>>& cached) const;
  static void add(std::vector<NodeId>& nodes, const NodeId& node);
  void forget_reading(UserId user);

  RedisClient& redis_;
  LocalDirectory& here_;
  const RouteOptions options_;
  const NodesAlive nodes_;
  RouteBook book_;
  RouteCache cache_;
  RedisRefusal refusal_;
  std::map<UserId, Reading> readings_;  // the loop's own
  Instant refreshed_at_;                // the loop's own
};

}  // namespace mpim
