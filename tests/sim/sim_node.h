// One node on virtual time: the real hubs and services over a simulated store, bus and directory.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "server/bus/bus.h"
#include "server/directory/directory.h"
#include "server/node/sweep.h"
#include "server/service/group_service.h"
#include "server/service/message_service.h"
#include "server/session/hub.h"
#include "tests/sim/sim_storage.h"
#include "tests/sim/virtual_world.h"

namespace mpim::sim {

struct Faults {
  StoreFaults store;
  uint32_t hint_lost = 0;  // percent of envelopes that reach no worker
  uint32_t hint_late = 0;  // percent of envelopes that others overtake
  uint32_t cut = 0;        // per cent of steps at which some connection is cut
  uint32_t crash = 0;      // per mille of steps at which the node dies
  uint32_t ack_lost = 0;   // percent of acknowledgements a device forgets to send
};

// Everybody is at home: the routes of one node.
class SimDirectory final : public Directory {
 public:
  void bind(UserId user, Timestamp) override { ++sessions_[user]; }
  void unbind(UserId user) override {
    if (--sessions_[user] == 0) sessions_.erase(user);
  }
  void nodes_of(const Audience& audience, Executor&, NodesFound found) override {
    const bool here = audience.direct()
                          ? sessions_.contains(audience.one) || sessions_.contains(audience.other)
                          : !sessions_.empty();
    found(std::span(&self_, here ? 1 : 0));
  }
  void nodes_of(UserId user, Executor&, NodesFound found) override {
    found(std::span(&self_, sessions_.contains(user) ? 1 : 0));
  }
  std::vector<Route> routes(UserId, uint32_t) const override { return {}; }
  std::optional<Route> route(UserId) const override { return std::nullopt; }

 private:
  const NodeId self_{"sim"};
  std::map<UserId, uint32_t> sessions_;
};

// Hands envelopes to the subscriber, now or later, or loses them.
class SimBus final : public Bus {
 public:
  SimBus(World& world, const Faults& faults) : world_(world), faults_(faults) {}
  void publish(const NodeId&, std::span<const EnvelopePtr> envelopes) override {
    for (const EnvelopePtr& envelope : envelopes) carry(envelope);
  }
  void subscribe(const NodeId&, Receive receive) override { receive_ = std::move(receive); }

 private:
  void carry(const EnvelopePtr& envelope) {
    if (world_.chance(faults_.hint_lost)) return;
    if (!world_.chance(faults_.hint_late)) return receive_({&envelope, 1});
    world_.in(Millis(world_.between(1, 400)), [alive = std::weak_ptr(alive_), this, envelope] {
      if (!alive.expired()) receive_({&envelope, 1});
    });
  }

  World& world_;
  const Faults& faults_;
  Receive receive_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// One worker of the node.
struct SimWorker {
  SimWorker(VirtualThread& on, Storage& storage, Directory& directory, Bus& bus,
            const SessionLimits& limits, uint64_t first, uint64_t step)
      : thread(on),
        fanout(on, directory, bus),
        messages(on, storage, fanout),
        groups(on, storage, fanout),
        hub(on, storage, limits, Millis(500), first, step) {}

  VirtualThread& thread;
  Fanout fanout;
  MessageService messages;
  GroupService groups;
  Hub hub;
};

// Dies with crash(), and stays in memory until the world ends, as a dead process's packets may
// still be under way.
class SimNode {
 public:
  SimNode(World& world, Store& store, const Faults& faults, const SessionLimits& limits,
          size_t workers);

  void crash();
  bool dead() const { return dead_; }
  SimWorker& worker(size_t index) { return *workers_[index % workers_.size()]; }
  size_t workers() const { return workers_.size(); }
  SimStorage& storage() { return storage_; }
  SimDirectory& directory() { return directory_; }

 private:
  void wake(const std::vector<EnvelopePtr>& news);

  SimStorage storage_;
  SimDirectory directory_;
  SimBus bus_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  std::optional<Sweep> sweep_;
  bool dead_ = false;
};

}  // namespace mpim::sim
