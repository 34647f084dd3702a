// Which nodes hold a user's sessions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/conversation.h"
#include "server/core/executor.h"
#include "server/core/result.h"
#include "server/core/unique_function.h"

namespace mpim {

// All sessions of a user on one node, as the directory knows them.
struct Route {
  UserId user;
  NodeId node;
  uint32_t sessions = 0;
  Timestamp since;
};

// One node of a user's, and who says so.
struct RouteEntry {
  Route route;
  bool lives = true;    // that run of the node
  bool here = false;    // this node's own memory says so
  bool cached = false;  // this node remembers it of another one
  bool stored = false;  // the shared directory says so
};

// Where a user is, for people: each node once, ascending.
struct RouteView {
  std::vector<RouteEntry> entries;
  bool cached = false;  // there is something remembered, if only that he is on no other node
  bool shared = false;  // there is a shared directory
  std::string why;      // it could not be read; empty: it was
  Millis life_left{0};  // of what it says, unless it is renewed
  bool agrees() const;  // what is remembered and what is here is what the shared directory says
};

// Where many users are.
struct RouteList {
  std::vector<Route> routes;  // to nodes that live; users as they were asked for, nodes ascending
  std::string why;  // the shared directory could not be read, and this node alone is known
};

// Threads  any.
// Order    bind(), when_bound(), and then the session's inbox is read: an entry committed in
//          between comes twice, and is dropped by seq; the other order would lose it.
class Directory {
 public:
  using NodesFound = UniqueFunction<void(std::span<const NodeId>)>;

  virtual ~Directory() = default;

  // A session of `user` is here, on this node / is here no longer. Counted: bind twice, unbind
  // twice.
  virtual void bind(UserId user, Timestamp now) = 0;
  virtual void unbind(UserId user) = 0;
  // `bound` runs when every node finds the sessions that were bound so far, or cannot be told of
  // them: before the call returns when there is nobody to tell, else later as a task of `home`.
  virtual void when_bound(Executor& home, Task bound);

  // The nodes that may hold sessions of an audience, each once. `found` runs before the call
  // returns when every answer is at hand, else later as a task of `home`, the calling loop. A wrong
  // answer is only ever a late message: the sweep of heads finds what was missed.
  virtual void nodes_of(const Audience& audience, Executor& home, NodesFound found) = 0;
  virtual void nodes_of(UserId user, Executor& home, NodesFound found) = 0;

  // For operators; ascending by user, above `after`, at most `count_max`.
  virtual std::vector<Route> routes(UserId after, uint32_t count_max) const = 0;
  virtual std::optional<Route> route(UserId user) const = 0;
  // From all there is to ask; `explained` as NodesFound. Changes nothing that is remembered.
  using Explained = UniqueFunction<void(RouteView)>;
  virtual void explain(UserId user, Executor& home, Explained explained);
  // In one round trip; `listed` as NodesFound.
  using Listed = UniqueFunction<void(RouteList)>;
  virtual void list(std::span<const UserId> users, Executor& home, Listed listed);
  // Whether it knows of users who are not on this node.
  virtual bool shared() const { return false; }
};

}  // namespace mpim
