// The node as its admin service asks for it: sessions gathered from all workers, and how it stands.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "server/directory/local_directory.h"
#include "server/node/cluster/session_inquiry.h"
#include "server/node/worker.h"
#include "server/service/live_sessions.h"

namespace mpim {

// Threads  any.
class LiveNode final : public LiveSessions {
 public:
  LiveNode(const std::vector<std::unique_ptr<Worker>>& workers, const LocalDirectory& directory,
           const Admission& admission)
      : workers_(workers), directory_(directory), admission_(admission) {}

  // Before anybody asks.
  void describe(NodeStatus status) { status_ = std::move(status); }
  void ask_others_by(SessionInquiry& inquiry) { inquiry_ = &inquiry; }
  void set_draining(bool draining) { draining_ = draining; }
  bool draining() const { return draining_; }

  void list(std::optional<UserId> of, Reply<std::vector<LiveSession>> reply) override;
  // On the control loop alone.
  void list_at(const NodeId& node, UserId of, Reply<std::vector<LiveSession>> reply) override;
  NodeStatus status() const override;

 private:
  const std::vector<std::unique_ptr<Worker>>& workers_;
  const LocalDirectory& directory_;
  const Admission& admission_;
  NodeStatus status_;
  SessionInquiry* inquiry_ = nullptr;
  std::atomic<bool> draining_{false};
};

}  // namespace mpim
