#include "server/node/live_node.h"

#include <algorithm>
#include <mutex>

namespace mpim {
namespace {

// What the workers add to, each in its turn; the last one to let go answers.
class Gathering {
 public:
  explicit Gathering(Reply<std::vector<LiveSession>> reply) : reply_(std::move(reply)) {}
  ~Gathering() {
    std::ranges::sort(sessions_, {}, &LiveSession::id);
    if (sessions_.size() > LiveSessions::kListedSessions)
      sessions_.resize(LiveSessions::kListedSessions);
    reply_(std::move(sessions_));
  }

  void add(const SessionRow& row) {
    const std::lock_guard lock(mutex_);
    sessions_.push_back({.id = row.id,
                         .user = row.who.user,
                         .device = row.who.device,
                         .peer = row.peer,
                         .protocol = std::string(row.protocol),
                         .ack = row.ack,
                         .sync = row.sync,
                         .in_flight = row.in_flight,
                         .behind = row.behind,
                         .since = row.since});
  }

 private:
  std::mutex mutex_;
  std::vector<LiveSession> sessions_;
  Reply<std::vector<LiveSession>> reply_;
};

}  // namespace

void LiveNode::list(std::optional<UserId> of, Reply<std::vector<LiveSession>> reply) {
  const auto gathering = std::make_shared<Gathering>(std::move(reply));
  for (const auto& worker : workers_) {
    worker->loop().post([gathering, of, at = worker.get()] {
      for (const SessionRow& row : at->gateway().sessions())
        if (!of || row.who.user == *of) gathering->add(row);
    });
  }
}

void LiveNode::list_at(const NodeId& node, UserId of, Reply<std::vector<LiveSession>> reply) {
  if (node == status_.node) return list(of, std::move(reply));
  inquiry_->ask(node, of, std::move(reply));
}

NodeStatus LiveNode::status() const {
  NodeStatus now = status_;
  now.connections = admission_.open();
  now.sessions = directory_.sessions();
  now.draining = draining_;
  return now;
}

}  // namespace mpim
