// What nodes share beside the store: leases, routes, and who listens on each node's channel.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "server/bus/bus.h"
#include "tests/sim/faults.h"
#include "tests/sim/virtual_world.h"

namespace mpim::sim {

// The simulated Redis itself: what its commands do, at one instant each. What is not renewed is
// gone after its time. Entries of a route end one by one: Redis before 7.4 lets only the whole key
// end, which keeps a dead node's entry longer, and it counts no more for that.
class SimRedis {
 public:
  static constexpr Millis kLease{15'000};
  static constexpr Millis kRoute{120'000};
  enum class Lease : uint8_t { kHeld, kRegained, kTaken };

  explicit SimRedis(const World& world) : world_(world) {}

  // The later epoch has the name: a process that was replaced is told so.
  Lease renew_lease(const NodeId& node, uint64_t epoch);
  void drop_lease(const NodeId& node, uint64_t epoch);
  std::vector<NodeId> nodes() const;  // that live

  void put_route(UserId user, const NodeId& node, uint64_t epoch);
  void remove_route(UserId user, const NodeId& node, uint64_t epoch);  // only its own
  // Nodes that live and may have sessions of this user.
  std::vector<NodeId> nodes_of(UserId user) const;

  using Deliver = std::function<void(std::vector<EnvelopePtr>)>;
  void subscribe(const NodeId& node, uint64_t epoch, Deliver deliver);
  void unsubscribe(const NodeId& node, uint64_t epoch);
  bool publish(const NodeId& to, const std::vector<EnvelopePtr>& envelopes);  // somebody listens

  void flush();
  // Away it answers nobody, and nobody listens any more when it returns; what it kept, it has.
  void set_away(bool away);
  bool away() const { return away_; }
  uint64_t flushes() const { return flushes_; }

  // For checks.
  bool has_route(UserId user, const NodeId& node, uint64_t epoch) const;
  size_t routes_that_last() const;

 private:
  struct Entry {
    uint64_t epoch = 0;
    Instant until;
  };
  struct Subscriber {
    uint64_t epoch = 0;
    Deliver deliver;
  };
  bool lives(const Entry& entry) const { return entry.until > world_.now(); }
  bool lives(const NodeId& node, uint64_t epoch) const;

  const World& world_;
  std::map<NodeId, Entry> leases_;
  std::map<UserId, std::map<NodeId, Entry>> routes_;
  std::map<NodeId, Subscriber> subscribers_;
  uint64_t flushes_ = 0;
  bool away_ = false;
};

// One node's connection to it. Commands arrive in the order they were sent, some of them late; a
// command may be carried out although its answer is lost. What a dead node had sent still arrives.
class SimRedisLink {
 public:
  using Command = std::function<void(SimRedis&)>;
  using Answered = std::function<void(bool reached)>;

  SimRedisLink(World& world, SimRedis& redis, const Faults& faults, const Reach& reach,
               VirtualThread& home)
      : world_(world), redis_(redis), faults_(faults), reach_(reach), home_(home) {}

  // `answered` runs on the node, once; not reached: perhaps it was carried out.
  void send(Command command, Answered answered);
  // Its process is about to end: what it still says is longer under way.
  void linger() { lingers_ = true; }
  bool up() const { return reach_.redis && !redis_.away(); }

 private:
  World& world_;
  SimRedis& redis_;
  const Faults& faults_;
  const Reach& reach_;
  VirtualThread& home_;
  Instant last_arrival_;
  bool lingers_ = false;
};

}  // namespace mpim::sim
