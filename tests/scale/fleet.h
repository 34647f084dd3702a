// All nodes of a large cluster and their people, on virtual time; only what is told and asked.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "server/service/fanout.h"
#include "tests/scale/traffic.h"
#include "tests/sim/virtual_world.h"

namespace mpim::scale {

class Fleet;

// One node: the real Fanout over a directory and a bus that count.
class FleetNode final : public Directory, public Bus {
 public:
  FleetNode(Fleet& fleet, uint32_t index);

  void send(const Audience& audience);

  void bind(UserId, Timestamp) override {}
  void unbind(UserId) override {}
  void nodes_of(const Audience& audience, Executor& home, NodesFound found) override;
  void nodes_of(UserId, Executor&, NodesFound) override {}
  std::vector<Route> routes(UserId, uint32_t) const override { return {}; }
  std::optional<Route> route(UserId) const override { return std::nullopt; }
  void publish(const NodeId& to, std::span<const EnvelopePtr> envelopes) override;
  void subscribe(const NodeId&, Receive) override {}

 private:
  struct Cached {
    std::vector<NodeId> nodes;
    Instant until;
  };
  // What is known of a user or a group: asked for anew when it is old. `keys` are read for it.
  bool fresh(const std::unordered_map<uint64_t, Cached>& cache, uint64_t of) const;
  void find_direct(const Audience& audience, NodesFound& found);
  void find_group(const Audience& audience, NodesFound& found);

  Fleet& fleet_;
  const uint32_t index_;
  Fanout fanout_;
  std::unordered_map<uint64_t, Cached> users_;
  std::unordered_map<uint64_t, Cached> groups_;
};

// Threads  none: the world runs it.
class Fleet {
 public:
  explicit Fleet(const Traffic& traffic);
  Rates run();

 private:
  friend class FleetNode;
  struct Counts {
    uint64_t leases = 0;
    uint64_t renewals = 0;
    uint64_t moves = 0;
    uint64_t keys_read = 0;
    uint64_t round_trips = 0;
    uint64_t publishes = 0;
    uint64_t group_publishes = 0;
    uint64_t direct = 0;  // messages
    uint64_t grouped = 0;
    uint64_t direct_asked = 0;
    uint64_t group_asked = 0;
    uint64_t misled = 0;
  };
  // Things that happen at random, so many a second; kept in fractions of a millisecond.
  struct Stream {
    double a_second = 1;
    double at_s = 0;
  };
  struct Talk {
    uint32_t one = 0;
    uint32_t other = 0;
    uint32_t left = 0;  // messages
  };

  void populate();
  void form_groups();
  void form_group(uint32_t size);
  void begin();
  void beat(uint32_t node);
  void renew(uint32_t node);
  void talks();
  void talk(Talk talk);
  void group_messages();
  void reconnects();
  void move(uint32_t user);
  void count_in_sets(uint32_t user, int by);
  std::vector<NodeId> nodes_of_group(uint32_t group);

  uint32_t any_user() { return static_cast<uint32_t>(world_.below(traffic_.users)); }
  double pause_s(double mean_s);  // exponential
  void next(Stream& stream, Task task);
  Rates rates() const;

  const Traffic traffic_;
  sim::World world_;
  std::vector<NodeId> names_;
  std::vector<std::unique_ptr<FleetNode>> nodes_;
  std::vector<uint32_t> node_of_;                     // a user's
  std::vector<uint32_t> users_on_;                    // a node's
  std::vector<std::vector<uint32_t>> members_;        // of each group
  std::vector<std::vector<uint32_t>> groups_of_;      // of each user
  std::vector<std::pair<uint32_t, uint32_t>> seats_;  // every (group, member)
  // How many members of a group are on a node: kNodeSet keeps one entry for each that are any.
  std::vector<std::unordered_map<uint32_t, uint32_t>> sets_;
  std::vector<uint64_t> entries_on_;  // of such, a node's own
  std::vector<uint32_t> marked_;      // nodes already named in this answer
  uint32_t mark_ = 0;
  Stream talks_;
  Stream group_messages_;
  Stream reconnects_;
  Counts counts_;
};

}  // namespace mpim::scale
