#include "tests/sim/redis/sim_directory.h"

#include <algorithm>
#include <utility>

namespace mpim::sim {

void SimDirectory::start(std::function<void()> regained) {
  regained_ = std::move(regained);
  beat();
}

void SimDirectory::beat() {
  struct Answer {
    SimRedis::Lease lease = SimRedis::Lease::kHeld;
    uint64_t flushes = 0;
  };
  const auto got = std::make_shared<Answer>();
  link_.send(
      [got, self = self_, epoch = epoch_](SimRedis& redis) {
        *got = {redis.renew_lease(self, epoch), redis.flushes()};
      },
      [this, got](bool reached) {
        if (reached) return on_beat(got->lease, got->flushes);
        in_order_ = false;
      });
  home_.after(kBeat, [this] { beat(); });
}

void SimDirectory::on_beat(SimRedis::Lease lease, uint64_t flushes) {
  if (lease == SimRedis::Lease::kTaken) return;
  if (lease == SimRedis::Lease::kHeld && in_order_) {
    if (++beats_ % kBeatsToRenewal == 0) write_all();
    return;
  }
  flushes_ = flushes;
  in_order_ = true;
  cache_.clear();
  nodes_ = {};
  regained_();
  for (auto& [user, here] : here_) here.confirmed = 0;
  write_all();
}

void SimDirectory::write_all() {
  std::vector<UserId> users;
  for (const auto& [user, here] : here_) users.push_back(user);
  if (!users.empty()) write(users);
}

void SimDirectory::write(const std::vector<UserId>& users) {
  const uint64_t bound = ++binds_;
  for (const UserId user : users) here_[user].bound = bound;
  link_.send(
      [users, self = self_, epoch = epoch_](SimRedis& redis) {
        for (const UserId user : users) redis.put_route(user, self, epoch);
      },
      [this, users, bound](bool reached) {
        if (!reached) in_order_ = false;
        for (const UserId user : users) {
          const auto found = here_.find(user);
          if (reached && found != here_.end() && found->second.bound == bound)
            found->second.confirmed = bound;
        }
      });
}

void SimDirectory::bind(UserId user, Timestamp) {
  if (here_[user].sessions++ == 0) write({user});
}

void SimDirectory::unbind(UserId user) {
  if (--here_.at(user).sessions > 0) return;
  here_.erase(user);
  link_.send([user, self = self_,
              epoch = epoch_](SimRedis& redis) { redis.remove_route(user, self, epoch); },
             [](bool) {});
}

void SimDirectory::when_bound(Executor& home, Task bound) {
  if (!link_.up()) return bound();
  const auto waits = std::make_shared<Task>(std::move(bound));
  link_.send([](SimRedis&) {},
             [home = &home, waits](bool) { home->post([waits] { (*waits)(); }); });
}

void SimDirectory::forget(const NodeId& node) {
  std::erase_if(cache_, [&node](const auto& row) {
    return std::ranges::find(row.second.nodes, node) != row.second.nodes.end();
  });
  nodes_ = {};
}

void SimDirectory::nodes_of(const Audience& audience, Executor&, NodesFound found) {
  if (!audience.direct()) return ask({}, true, std::move(found));
  std::vector<UserId> users{audience.one};
  if (audience.other && audience.other != audience.one) users.push_back(audience.other);
  ask(users, false, std::move(found));
}

void SimDirectory::nodes_of(UserId user, Executor&, NodesFound found) {
  ask({user}, false, std::move(found));
}

void SimDirectory::ask(const std::vector<UserId>& users, bool everybody, NodesFound found) {
  const auto fresh = [this](UserId user) {
    const auto cached = cache_.find(user);
    return cached != cache_.end() && cached->second.until > world_.now();
  };
  const bool known = everybody ? nodes_.until > world_.now() : std::ranges::all_of(users, fresh);
  if (known || !link_.up()) return answer(users, everybody, found);
  const auto waits = std::make_shared<NodesFound>(std::move(found));
  const auto got = std::make_shared<std::vector<std::vector<NodeId>>>();
  link_.send(
      [got, users, everybody](SimRedis& redis) {
        if (everybody) got->push_back(redis.nodes());
        for (const UserId user : users) got->push_back(redis.nodes_of(user));
      },
      [this, got, users, everybody, waits](bool reached) {
        const Instant until = world_.now() + cache_for_;
        if (reached && everybody) nodes_ = {got->front(), until};
        for (size_t i = 0; reached && i < users.size(); ++i) cache_[users[i]] = {(*got)[i], until};
        answer(users, everybody, *waits);
      });
}

// From what is known, were it old, and what is sure: who is here.
void SimDirectory::answer(const std::vector<UserId>& users, bool everybody,
                          NodesFound& found) const {
  std::vector<NodeId> nodes;
  const auto add = [&nodes](const NodeId& node) {
    if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
  };
  if (everybody) std::ranges::for_each(nodes_.nodes, add);
  if (everybody && !here_.empty()) add(self_);
  for (const UserId user : users) {
    const auto cached = cache_.find(user);
    if (cached != cache_.end()) std::ranges::for_each(cached->second.nodes, add);
    if (here_.contains(user)) add(self_);
  }
  found(nodes);
}

std::optional<UserId> SimDirectory::missing(const SimRedis& redis) const {
  if (!in_order_ || !link_.up() || flushes_ != redis.flushes()) return std::nullopt;
  for (const auto& [user, here] : here_)
    if (here.confirmed == here.bound && !redis.has_route(user, self_, epoch_)) return user;
  return std::nullopt;
}

}  // namespace mpim::sim
