#include "tests/sim/scenario.h"

#include <algorithm>
#include <optional>

#include "server/store/sql/open.h"
#include "tests/sim/in_transaction.h"
#include "tests/sim/promises.h"

namespace mpim::sim {
namespace {

// A connection whose client went away in silence is found dead within this time.
constexpr Millis kDeadNoticedWithin{20'000};

class Scenario {
 public:
  explicit Scenario(uint64_t seed) : world_(seed) {}
  Outcome run();

 private:
  void choose();
  void choose_node_faults();
  void populate();
  void chat();
  void step();
  void act();
  void leave(SimDevice& device, GroupId group);
  void look();
  void heal();
  void idle_gap();
  void part();
  bool run_for(Millis time);
  bool quiet();

  World world_;
  Faults faults_;
  SessionLimits limits_;
  std::unique_ptr<Store> store_;
  std::vector<UserId> users_;
  std::vector<GroupId> groups_;
  std::vector<std::unique_ptr<SimDevice>> devices_;
  std::optional<SimCluster> cluster_;
  std::optional<Promises> promises_;
  Outcome outcome_;
};

void Scenario::choose() {
  limits_.in_flight_max = static_cast<uint32_t>(world_.between(1, 30));
  limits_.window_max = world_.chance(40) ? static_cast<uint32_t>(world_.between(3, 15)) : 1'000;
  limits_.page_entries = static_cast<uint32_t>(world_.between(1, 10));
  const bool calm = world_.chance(20);
  if (calm) return;
  faults_.store.commit_fails = static_cast<uint32_t>(world_.between(0, 10));
  faults_.store.commit_unknown = static_cast<uint32_t>(world_.between(0, 8));
  faults_.store.read_fails = static_cast<uint32_t>(world_.between(0, 15));
  faults_.store.busy = static_cast<uint32_t>(world_.between(0, 5));
  faults_.store.commit_ms_max = world_.chance(20) ? 400 : 4;
  faults_.hint_lost = static_cast<uint32_t>(world_.between(0, 30));
  faults_.hint_late = world_.chance(40) ? static_cast<uint32_t>(world_.between(0, 40)) : 0;
  faults_.cut = static_cast<uint32_t>(world_.between(0, 6));
  faults_.ack_lost = static_cast<uint32_t>(world_.between(0, 50));
  choose_node_faults();
}

// Some kinds of trouble, not all of them at once.
void Scenario::choose_node_faults() {
  const auto rate = [this](uint32_t percent, int64_t most) {
    return world_.chance(percent) ? static_cast<uint32_t>(world_.between(1, most)) : 0;
  };
  faults_.crash = rate(60, 80);
  faults_.restart = rate(40, 80);
  faults_.stall = rate(30, 50);
  faults_.slow = rate(30, 60);
  faults_.partition = rate(50, 120);
  faults_.store_away = rate(25, 40);
  faults_.redis_away = rate(25, 40);
  faults_.redis_flushed = rate(25, 60);
  faults_.redis_late = rate(40, 30);
  faults_.clock_skew_ms = rate(30, 600'000);
}

void Scenario::populate() {
  const Timestamp now = world_.wall();
  const auto people = world_.between(2, 4);
  for (int64_t i = 0; i < people; ++i) {
    const std::string name = "user" + std::to_string(i);
    users_.push_back(in_transaction(*store_, [&](Store& store) {
      return store.accounts().create(UserName{name, name}, "x", now);
    }));
  }
  for (int64_t i = world_.between(1, 2); i > 0; --i) {
    const UserId owner = world_.one_of(users_);
    const auto made = in_transaction(*store_, [&](Store& store) {
      return store.groups().create(owner, DeviceId{}, "group", "", now);
    });
    groups_.push_back(made.group.id);
  }
  const std::vector<AckMode> acks{AckMode::kAuto, AckMode::kClient, AckMode::kClient};
  const std::vector<SyncMode> syncs{SyncMode::kAuto, SyncMode::kAuto, SyncMode::kManual};
  for (const UserId user : users_) {
    for (int64_t i = world_.between(1, 2); i > 0; --i)
      devices_.push_back(std::make_unique<SimDevice>(
          world_, faults_, [this] { return cluster_->pick(); },
          [this](std::string sentence) { promises_->broken(std::move(sentence)); }, user,
          "d" + std::to_string(i) + "u" + std::to_string(user.value), world_.one_of(acks),
          world_.one_of(syncs)));
  }
}

void Scenario::act() {
  SimDevice& device = *world_.one_of(devices_);
  const uint64_t dice = world_.below(100);
  if (dice < 35) {
    device.send(world_.one_of(users_), "direct " + std::to_string(world_.below(1'000'000)));
  } else if (dice < 70) {
    const std::string filler(world_.below(300), 'x');
    device.send(world_.one_of(groups_),
                "group " + std::to_string(world_.below(1'000'000)) + filler);
  } else if (dice < 78) {
    device.join(world_.one_of(groups_));
  } else if (dice < 82) {
    leave(device, world_.one_of(groups_));
  } else if (dice < 88) {
    device.read_something();
  } else if (dice < 90) {
    device.acknowledge_too_much();
  } else if (dice < 93) {
    device.pull();
  } else if (dice < 97) {
    device.pause(true);
  } else {
    device.pause(false);
  }
}

// Often somebody is away for one message only: the news of it cross each other.
void Scenario::leave(SimDevice& device, GroupId group) {
  device.leave(group);
  if (world_.chance(50)) return;
  world_.in(Millis(world_.between(5, 40)), [this, group] {
    world_.one_of(devices_)->send(group, "meanwhile " + std::to_string(world_.below(1'000'000)));
  });
  world_.in(Millis(world_.between(10, 80)), [&device, group] { device.join(group); });
}

void Scenario::step() {
  // Bursts with long silences between them: both batches and time-outs must happen.
  for (int64_t burst = world_.between(1, 6); burst > 0; --burst) act();
  if (world_.chance(faults_.cut))
    world_.one_of(devices_)->cut(Millis(world_.between(0, kDeadNoticedWithin.count())));
  cluster_->misfortune();
  const int64_t pause = world_.chance(85) ? world_.between(0, 60) : world_.between(500, 9'000);
  if (!run_for(Millis(pause))) promises_->broken("something spins while people chat");
  look();
}

bool Scenario::run_for(Millis time) {
  return world_.run_until(world_.now() + time, world_.steps() + 400'000);
}

// What must hold at any moment.
void Scenario::look() {
  promises_->watch(*world_.one_of(devices_));
  for (const SimNode* const node : cluster_->living())
    if (const auto user = node->directory().missing(cluster_->redis()))
      promises_->broken("the route of user " + std::to_string(user->value) + " to " +
                        node->id().name + ", where he is, is gone");
}

void Scenario::heal() {
  faults_ = Faults{};
  const Instant calm = cluster_->heal();
  for (const auto& device : devices_) {
    device->heal();
    device->pause(false);
  }
  if (!world_.run_until(calm, world_.steps() + 400'000))
    promises_->broken("something spins while a process is stopped");
  while (!quiet()) {
    if (world_.now() - calm > kLevelWithin)
      return promises_->broken("somebody is not level long after everything healed");
    if (!run_for(Millis(500))) return promises_->broken("something spins after healing");
    look();
    for (const auto& device : devices_) {
      device->pause(false);
      device->pull();
    }
  }
  outcome_.level_after = world_.now() - calm;
}

bool Scenario::quiet() {
  return std::ranges::all_of(devices_, [this](const auto& device) {
    return device->logged_in() && device->settled() && promises_->level(*device);
  });
}

// One entry of which nobody is told, after a silence: only the sweep of heads finds it.
void Scenario::idle_gap() {
  faults_.hint_lost = 100;
  SimDevice& sender = *world_.one_of(devices_);
  const Recipient to =
      world_.chance(50) ? Recipient(world_.one_of(groups_)) : Recipient(world_.one_of(users_));
  const std::string client_id = sender.send(to, "is anybody there?");
  const Instant asked = world_.now();
  const auto healed = [&] {
    const Sent& sent = sender.sent().at(client_id);
    return sent.refused || (sent.id && promises_->everybody_saw(*sent.id));
  };
  while (!healed()) {
    if (world_.now() - asked > kGapHealsWithin)
      return promises_->broken("an idle gap was not healed in time");
    if (!run_for(Millis(250))) return promises_->broken("something spins in an idle gap");
    for (const auto& device : devices_) device->pull();
  }
  outcome_.gap_healed = world_.now() - asked;
  faults_.hint_lost = 0;
  // What is acknowledged is written behind.
  for (int rounds = 0; rounds < 20 && !quiet(); ++rounds) (void)run_for(Millis(500));
}

// Everybody goes, and nothing stays behind.
void Scenario::part() {
  for (const auto& device : devices_) device->go_away();
  (void)run_for(kDeadNoticedWithin + Millis(1'000));
  for (const SimNode* const node : cluster_->living()) {
    if (node->sessions() > 0) promises_->broken(node->id().name + " keeps sessions of nobody");
    if (node->directory().users() > 0) promises_->broken(node->id().name + " keeps routes");
  }
  if (!world_.chance(20)) return;
  (void)run_for(SimRedis::kRoute);
  if (cluster_->redis().routes_that_last() > 0) promises_->broken("routes outlast their time");
}

void Scenario::chat() {
  for (const auto& device : devices_)
    world_.in(Millis(world_.between(0, 3'000)), [&device] { device->connect(); });
  for (int64_t steps = world_.between(20, 60); steps > 0; --steps) step();
}

Outcome Scenario::run() {
  StoreOptions options;
  options.limits.index_batch_entries = static_cast<uint64_t>(world_.between(1, 60));
  auto opened = open_sqlite_store(":memory:", options);
  if (!opened.ok()) {
    outcome_.broken.push_back("the store does not open: " + opened.error().message);
    return outcome_;
  }
  store_ = std::move(*opened);
  promises_.emplace(*store_, users_, devices_);
  choose();
  populate();
  const auto nodes = static_cast<size_t>(world_.between(1, 4));
  const auto workers = static_cast<size_t>(world_.between(1, nodes == 1 ? 3 : 2));
  cluster_.emplace(world_, *store_, faults_, limits_, nodes, workers, [this](const SimNode& died) {
    for (const auto& device : devices_) device->on_node_died(died);
  });
  chat();
  heal();
  idle_gap();
  promises_->check();
  part();
  cluster_->end();
  world_.end();
  outcome_.broken = promises_->sentences();
  outcome_.steps = world_.steps();
  outcome_.messages = promises_->messages();
  outcome_.befallen = cluster_->befallen();
  outcome_.digest = world_.trace() ^ promises_->digest();
  return outcome_;
}

}  // namespace

Outcome run_scenario(uint64_t seed) { return Scenario(seed).run(); }

}  // namespace mpim::sim
