#include "tests/sim/sim_cluster.h"

#include <algorithm>
#include <utility>

namespace mpim::sim {

Befallen& Befallen::operator+=(const Befallen& other) {
  crashes += other.crashes;
  restarts += other.restarts;
  stalls += other.stalls;
  partitions += other.partitions;
  outages += other.outages;
  return *this;
}

SimCluster::SimCluster(World& world, Store& store, Faults& faults, const SessionLimits& limits,
                       size_t nodes, size_t workers, Died died)
    : world_(world),
      faults_(faults),
      redis_(world),
      shared_{world, store, redis_, faults, limits},
      workers_(workers),
      died_(std::move(died)) {
  places_.resize(nodes);
  for (size_t i = 0; i < nodes; ++i) {
    places_[i].id = NodeId{"node-" + std::to_string(i + 1)};
    start(places_[i]);
  }
}

void SimCluster::start(Place& place) {
  if (place.now != nullptr) return;
  processes_.push_back(std::make_unique<SimNode>(shared_, place.id, ++place.epoch, workers_));
  place.now = processes_.back().get();
  place.now->skew_clock(Millis(world_.between(-faults_.clock_skew_ms, faults_.clock_skew_ms)));
}

std::vector<SimNode*> SimCluster::living() const {
  std::vector<SimNode*> living;
  for (const Place& place : places_)
    if (place.now != nullptr) living.push_back(place.now);
  return living;
}

SimNode* SimCluster::pick() {
  const auto nodes = living();
  return nodes.empty() ? nullptr : world_.one_of(nodes);
}

void SimCluster::crash(SimNode& node) {
  node.crash();
  died_(node);
  for (Place& place : places_) {
    if (place.now != &node) continue;
    place.now = nullptr;
    const Millis down(world_.chance(70) ? world_.between(0, 500) : world_.between(500, 20'000));
    world_.in(down, [this, &place] { start(place); });
  }
}

// It has a moment to say goodbye in; what it says to Redis may arrive after its successor is there.
void SimCluster::restart(SimNode& node) {
  node.end_sessions();
  world_.in(Millis(world_.between(5, 100)), [this, &node] {
    if (!node.dead()) crash(node);
  });
}

void SimCluster::part(SimNode& node) {
  bool& reached = world_.chance(50) ? node.reach().store : node.reach().redis;
  reached = false;
  // Whether Redis notices at once: if it does not, it counts a listener who hears nothing.
  if (!node.reach().redis && world_.chance(50)) redis_.unsubscribe(node.id(), node.epoch());
  world_.in(Millis(world_.between(200, 20'000)), [&reached] { reached = true; });
}

void SimCluster::lose_redis() {
  redis_.set_away(true);
  world_.in(Millis(world_.between(200, 20'000)), [this] { redis_.set_away(false); });
}

void SimCluster::lose_store() {
  faults_.store.away = true;
  world_.in(Millis(world_.between(200, 10'000)), [this] { faults_.store.away = false; });
}

void SimCluster::misfortune() {
  SimNode* const node = pick();
  if (node == nullptr) return;
  if (per_mille(faults_.partition)) ++befallen_.partitions, part(*node);
  if (per_mille(faults_.store_away)) ++befallen_.outages, lose_store();
  if (per_mille(faults_.redis_away)) ++befallen_.outages, lose_redis();
  if (per_mille(faults_.redis_flushed)) ++befallen_.outages, redis_.flush();
  if (per_mille(faults_.slow)) {
    node->slow_down(Millis(world_.between(5, 400)));
    world_.in(Millis(world_.between(500, 10'000)), [node] { node->slow_down(Millis(0)); });
  }
  if (per_mille(faults_.stall)) {
    ++befallen_.stalls;
    node->stall(world_.now() + Millis(world_.between(200, 40'000)));
  }
  if (per_mille(faults_.crash)) {
    ++befallen_.crashes;
    crash(*node);
  } else if (per_mille(faults_.restart)) {
    ++befallen_.restarts;
    restart(*node);
  }
}

Instant SimCluster::heal() {
  redis_.set_away(false);
  for (Place& place : places_) start(place);
  Instant running = world_.now();
  for (SimNode* const node : living()) {
    node->reach() = {};
    node->slow_down(Millis(0));
    running = std::max(running, node->stalled_until());
  }
  return running;
}

void SimCluster::end() {
  for (SimNode* const node : living()) node->crash();
  for (Place& place : places_) place.now = nullptr;
}

}  // namespace mpim::sim
