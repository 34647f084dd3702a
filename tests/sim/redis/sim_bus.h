// The bus of a cluster as one node has it, over the simulated Redis.
#pragma once

#include <vector>

#include "server/bus/bus.h"
#include "tests/sim/redis/sim_redis.h"

namespace mpim::sim {

// To its own node without a way; to another over Redis. Loses envelopes, and lets others overtake.
// Threads  the node's control thread.
class SimBus final : public Bus {
 public:
  using Deaf = std::function<void(const NodeId&)>;  // nobody listened to this node

  SimBus(World& world, const Faults& faults, SimRedisLink& link, VirtualThread& home, NodeId self,
         uint64_t epoch, Deaf deaf)
      : world_(world),
        faults_(faults),
        link_(link),
        home_(home),
        self_(std::move(self)),
        epoch_(epoch),
        deaf_(std::move(deaf)) {}

  void publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) override {
    if (home_.killed()) return;
    std::vector<EnvelopePtr> news(envelopes.begin(), envelopes.end());
    if (to == self_) return carry(news);
    const auto heard = std::make_shared<bool>(false);
    link_.send(
        [to, news = std::move(news), heard](SimRedis& redis) { *heard = redis.publish(to, news); },
        [this, to, heard](bool reached) {
          if (reached && !*heard) deaf_(to);
        });
  }
  void subscribe(const NodeId&, Receive receive) override { receive_ = std::move(receive); }
  void listen() {
    link_.send(
        [this](SimRedis& redis) {
          redis.subscribe(self_, epoch_, [this](std::vector<EnvelopePtr> news) {
            if (link_.up()) carry(news);
          });
        },
        [](bool) {});
  }

 private:
  void carry(const std::vector<EnvelopePtr>& news) {
    for (const EnvelopePtr& envelope : news) {
      if (world_.chance(faults_.hint_lost)) continue;
      if (!world_.chance(faults_.hint_late)) {
        receive_({&envelope, 1});
        continue;
      }
      world_.at(world_.now() + Millis(world_.between(1, 400)), &home_, [this, envelope] {
        receive_({&envelope, 1});
      });
    }
  }

  World& world_;
  const Faults& faults_;
  SimRedisLink& link_;
  VirtualThread& home_;
  const NodeId self_;
  const uint64_t epoch_;
  const Deaf deaf_;
  Receive receive_;
};

}  // namespace mpim::sim
