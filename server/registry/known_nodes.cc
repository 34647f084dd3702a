#include "server/registry/known_nodes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/telemetry/log.h"

namespace mpim {
namespace {

const NodeId& id_of(const KnownNodes::Known& known) { return known.record.run.node; }

NodeRecord record_at(const KnownNodes::Known& known, Instant now) {
  NodeRecord record = known.record;
  record.lease_left = known.until - now;
  return record;
}

}  // namespace

std::vector<NodeRecord> KnownNodes::alive() const {
  const Instant now = loop_.clock().steady();
  std::vector<NodeRecord> alive;
  const std::lock_guard lock(mutex_);
  for (const Known& known : known_)
    if (known.until > now) alive.push_back(record_at(known, now));
  return alive;
}

std::optional<NodeRecord> KnownNodes::find(const NodeId& node) const {
  const Instant now = loop_.clock().steady();
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::lower_bound(known_, node, {}, id_of);
  if (found == known_.end() || id_of(*found) != node || found->until <= now) return std::nullopt;
  return record_at(*found, now);
}

void KnownNodes::keep(std::vector<Known> found) {
  std::ranges::sort(found, {}, id_of);
  const std::lock_guard lock(mutex_);
  known_ = std::move(found);
  if (!std::exchange(standing_.blind, {}).empty()) log_info("registry.read_again");
}

void KnownNodes::blind(const Error& why) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(standing_.blind, why.message).empty())
    log_warn("registry.not_read", {{"why", why.message}});
}

void KnownNodes::refresh(Task done) {
  if (!loop_.on_this_thread())
    return loop_.post([this, done = std::move(done)]() mutable { refresh(std::move(done)); });
  asking_.push_back(std::move(done));
  if (std::exchange(reading_, true)) return;
  read_([this, waiting = std::exchange(asking_, {})]() mutable {
    reading_ = false;
    for (Task& task : waiting) task();
    if (asking_.empty()) return;
    Task last = std::move(asking_.back());
    asking_.pop_back();
    refresh(std::move(last));
  });
}

RegistryStanding KnownNodes::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

void KnownNodes::stand(const NodeRun& self, const RegistryStanding& now) {
  {
    const std::lock_guard lock(mutex_);
    if (standing_.held == now.held && standing_.why == now.why) return;
    standing_.held = now.held;
    standing_.why = now.why;
    standing_.taken = now.taken;
  }
  if (now.held) {
    log_info("registry.joined", {{"node", self.node.name}, {"epoch", self.epoch}});
  } else {
    log_warn("registry.lease_not_held", {{"node", self.node.name}, {"why", now.why}});
  }
}

}  // namespace mpim
