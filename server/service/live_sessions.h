// What the admin service asks of the node it runs on; the node implements it over its workers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/live_session.h"
#include "server/core/reply.h"

namespace mpim {

// The node itself, now.
struct NodeStatus {
  NodeId node;
  uint64_t pid = 0;
  Timestamp started_at;
  std::string line;  // ADDR:PORT
  std::string ws;
  std::string http;
  std::string data_dir;
  uint32_t schema_version = 0;
  uint64_t connections = 0;
  uint64_t sessions = 0;
  bool draining = false;
};

// Threads  any.
class LiveSessions {
 public:
  virtual ~LiveSessions() = default;
  // All sessions of this node, or one user's; ascending by id, at most kListedSessions.
  static constexpr size_t kListedSessions = 10'000;
  virtual void list(std::optional<UserId> of, Reply<std::vector<LiveSession>> reply) = 0;
  // The user's sessions on that node, which may be this one. kUnavailable: it does not answer.
  virtual void list_at(const NodeId& node, UserId of, Reply<std::vector<LiveSession>> reply) = 0;
  virtual NodeStatus status() const = 0;
};

}  // namespace mpim
