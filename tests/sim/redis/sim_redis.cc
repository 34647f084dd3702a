#include "tests/sim/redis/sim_redis.h"

#include <utility>

namespace mpim::sim {

SimRedis::Lease SimRedis::renew_lease(const NodeId& node, uint64_t epoch) {
  Entry& lease = leases_[node];
  const bool lived = lives(lease);
  if (lived && lease.epoch > epoch) return Lease::kTaken;
  const bool held = lived && lease.epoch == epoch;
  lease = {epoch, world_.now() + kLease};
  return held ? Lease::kHeld : Lease::kRegained;
}

void SimRedis::drop_lease(const NodeId& node, uint64_t epoch) {
  const auto found = leases_.find(node);
  if (found != leases_.end() && found->second.epoch == epoch) leases_.erase(found);
}

std::vector<NodeId> SimRedis::nodes() const {
  std::vector<NodeId> living;
  for (const auto& [node, lease] : leases_)
    if (lives(lease)) living.push_back(node);
  return living;
}

bool SimRedis::lives(const NodeId& node, uint64_t epoch) const {
  const auto lease = leases_.find(node);
  return lease != leases_.end() && lives(lease->second) && lease->second.epoch == epoch;
}

void SimRedis::put_route(UserId user, const NodeId& node, uint64_t epoch) {
  Entry& entry = routes_[user][node];
  if (lives(entry) && entry.epoch > epoch) return;
  entry = {epoch, world_.now() + kRoute};
}

// The owner check: a node that came back under the same name has entries of a newer epoch there,
// and what its earlier process had sent may arrive only now.
void SimRedis::remove_route(UserId user, const NodeId& node, uint64_t epoch) {
  const auto routes = routes_.find(user);
  if (routes == routes_.end()) return;
  const auto entry = routes->second.find(node);
  if (entry == routes->second.end()) return;
  if (entry->second.epoch != epoch) return;
  routes->second.erase(entry);
  if (routes->second.empty()) routes_.erase(routes);
}

std::vector<NodeId> SimRedis::nodes_of(UserId user) const {
  std::vector<NodeId> found;
  const auto routes = routes_.find(user);
  if (routes == routes_.end()) return found;
  for (const auto& [node, entry] : routes->second)
    if (lives(entry) && lives(node, entry.epoch)) found.push_back(node);
  return found;
}

bool SimRedis::has_route(UserId user, const NodeId& node, uint64_t epoch) const {
  const auto routes = routes_.find(user);
  if (routes == routes_.end()) return false;
  const auto entry = routes->second.find(node);
  return entry != routes->second.end() && lives(entry->second) && entry->second.epoch == epoch;
}

size_t SimRedis::routes_that_last() const {
  size_t count = 0;
  for (const auto& [user, nodes] : routes_)
    for (const auto& [node, entry] : nodes) count += lives(entry) ? 1 : 0;
  return count;
}

void SimRedis::subscribe(const NodeId& node, uint64_t epoch, Deliver deliver) {
  Subscriber& subscriber = subscribers_[node];
  if (subscriber.epoch <= epoch) subscriber = {epoch, std::move(deliver)};
}

void SimRedis::unsubscribe(const NodeId& node, uint64_t epoch) {
  const auto found = subscribers_.find(node);
  if (found != subscribers_.end() && found->second.epoch == epoch) subscribers_.erase(found);
}

bool SimRedis::publish(const NodeId& to, const std::vector<EnvelopePtr>& envelopes) {
  const auto found = subscribers_.find(to);
  if (found == subscribers_.end()) return false;
  found->second.deliver(envelopes);
  return true;
}

void SimRedis::flush() {
  ++flushes_;
  leases_.clear();
  routes_.clear();
}

void SimRedis::set_away(bool away) {
  away_ = away;
  subscribers_.clear();
}

void SimRedisLink::send(Command command, Answered answered) {
  Millis way(world_.between(0, 2));
  if (world_.chance(lingers_ ? 30 : faults_.redis_late)) way = Millis(world_.between(50, 3'000));
  last_arrival_ = std::max(last_arrival_, world_.now() + way);
  const auto shared = std::make_shared<Answered>(std::move(answered));
  if (!up()) {
    home_.after(Millis(100), [shared] { (*shared)(false); });
    return;
  }
  world_.at(last_arrival_, nullptr, [this, command = std::move(command), shared] {
    const bool arrives = up();
    if (arrives) command(redis_);
    home_.after(Millis(world_.between(0, 2)),
                [this, shared, arrives] { (*shared)(arrives && up()); });
  });
}

}  // namespace mpim::sim
