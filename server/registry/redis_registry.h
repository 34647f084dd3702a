// The registry that nodes share through Redis.
#pragma once

#include "server/core/limits.h"
#include "server/redis/redis_client.h"
#include "server/registry/known_nodes.h"

namespace mpim {

struct LeaseOptions {
  Millis lease{10'000};
  Millis patience{2'000};  // join() waits for Redis itself
  uint32_t nodes_max = kNodes.standard;
};

// node:<id> is a hash with the lease's time to live, `nodes` the set of ids. A lease belongs to one
// run of a node: only that run renews it or ends it. What changes is announced on the channel
// `nodes`, where the others listen: kAnnouncements. What a node is ordered to be stands in its
// lease as `wanted`, until it takes the order with its next renewal.
// Threads  as NodeRegistry; `regained` runs on the client's loop.
// Time     renewed every third of the lease; a lease that Redis lost is taken again, and `regained`
//          called.
// Limits   LeaseOptions::nodes_max nodes are known; those beyond, and leases that are none of ours
//          by their size, are passed over and counted.
// Errors   join(): kConflict as NodeRegistry says; kUnavailable: Redis refuses us. A Redis that is
//          merely away is no error: the node joins when it comes back. Later refusals are told
//          by standing(), and asked for again with each renewal.
// Lifetime its loop stopped, or leave() called, before it is destroyed.
class RedisRegistry final : public NodeRegistry {
 public:
  static constexpr const char* kAnnouncements = "nodes";

  RedisRegistry(RedisClient& redis, LeaseOptions options);

  void on_regained(std::function<void()> regained) override { regained_ = std::move(regained); }

  void on_ordered(Ordered ordered) override { ordered_ = std::move(ordered); }
  Result<void> join(NodeRecord self, std::function<Load()> load) override;
  void leave() override;
  void set_state(NodeState state) override;
  void set_channel(uint32_t channel) override;
  void order(const NodeId& node, NodeState state, UniqueFunction<void(Result<void>)> done) override;
  std::vector<NodeRecord> nodes() const override { return known_.alive(); }
  std::optional<NodeRecord> find(const NodeId& node) const override { return known_.find(node); }
  void refresh(Task done) override { known_.refresh(std::move(done)); }
  RegistryStanding standing() const override { return known_.standing(); }

  // On the loop, as redis_changed(): something changed that others said on kAnnouncements.
  void announced();
  void redis_changed(bool up);

 private:
  // Another run that held the lease when we came.
  struct Holder {
    std::string epoch;
    std::string beats;
    bool operator==(const Holder&) const = default;
  };
  // What the others' leases say, so far.
  struct Reading {
    std::vector<KnownNodes::Known> found = {};
    std::optional<Error> failed = {};
  };
  using Joined = UniqueFunction<void(Result<void>)>;

  void try_to_join(Instant give_up, std::optional<Holder> before,
                   const std::shared_ptr<Joined>& joined);
  void take(UniqueFunction<void(Result<RedisAnswer>)> taken);
  void renew();
  void renewed(const Result<RedisAnswer>& answer);
  void beat();
  void read(Task over);
  void read_nodes(const RedisAnswer& ids, const std::shared_ptr<Reading>& reading);
  void have_read(Reading reading);

  RedisClient& redis_;
  EventLoop& loop_;
  const LeaseOptions options_;
  std::function<void()> regained_;
  Ordered ordered_;
  std::function<Load()> load_;
  NodeRecord self_;        // the loop's own, once joined
  uint64_t beats_ = 0;     // renewals so far: whoever waits for our lease sees that we live
  bool joined_ = false;    // the loop's own
  bool announce_ = false;  // something changed that others should read
  TimerId timer_;
  KnownNodes known_;
};

}  // namespace mpim
