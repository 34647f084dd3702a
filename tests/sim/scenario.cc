#include "tests/sim/scenario.h"

#include <algorithm>
#include <set>

#include "server/store/sql/open.h"
#include "tests/sim/in_transaction.h"
#include "tests/sim/sim_device.h"

namespace mpim::sim {
namespace {

class Scenario {
 public:
  explicit Scenario(uint64_t seed) : world_(seed) {}
  Outcome run();

 private:
  void choose();
  void populate();
  void start_node();
  void step();
  void act();
  void leave(SimDevice& device, GroupId group);
  void misfortune();
  void crash();
  void heal();
  bool quiet() const;

  void check();
  void check_sent(const SimDevice& device, const std::map<std::string, EntryPtr>& by_client_id);
  void check_seen(SimDevice& device);
  void check_unread(UserId user);
  std::map<ConversationId, Seq> heads();
  std::map<std::string, EntryPtr> stored();
  void broken(std::string sentence) {
    if (outcome_.broken.size() < 20) outcome_.broken.push_back(std::move(sentence));
  }

  World world_;
  Faults faults_;
  SessionLimits limits_;
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<SimNode>> nodes_;  // the last one lives
  std::vector<UserId> users_;
  std::vector<GroupId> groups_;
  std::vector<std::unique_ptr<SimDevice>> devices_;
  size_t workers_ = 1;
  Outcome outcome_;
};

void Scenario::choose() {
  workers_ = static_cast<size_t>(world_.between(1, 3));
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
  faults_.crash = static_cast<uint32_t>(world_.between(0, 80));
  faults_.ack_lost = static_cast<uint32_t>(world_.between(0, 50));
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
          world_, faults_, [this]() -> SimNode& { return *nodes_.back(); },
          [this](std::string sentence) { broken(std::move(sentence)); }, user,
          "d" + std::to_string(i) + "u" + std::to_string(user.value), world_.one_of(acks),
          world_.one_of(syncs)));
  }
}

void Scenario::start_node() {
  nodes_.push_back(std::make_unique<SimNode>(world_, *store_, faults_, limits_, workers_));
}

void Scenario::crash() {
  ++outcome_.crashes;
  nodes_.back()->crash();
  start_node();
  for (const auto& device : devices_) device->on_node_died();
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

void Scenario::misfortune() {
  if (world_.chance(faults_.cut)) world_.one_of(devices_)->cut(Millis(world_.between(0, 20'000)));
  if (world_.below(1'000) < faults_.crash) crash();
}

void Scenario::step() {
  // Bursts with long silences between them: both batches and time-outs must happen.
  for (int64_t burst = world_.between(1, 6); burst > 0; --burst) act();
  misfortune();
  const int64_t pause = world_.chance(85) ? world_.between(0, 60) : world_.between(500, 9'000);
  const uint64_t budget = world_.steps() + 200'000;
  if (!world_.run_until(world_.now() + Millis(pause), budget))
    broken("something spins while people chat");
}

void Scenario::heal() {
  faults_ = Faults{};
  for (const auto& device : devices_) {
    device->heal();
    device->pause(false);
  }
  // Long enough for a dead peer to be noticed, the last redelivery, and a sweep.
  for (int round = 0; round < 60; ++round) {
    if (!world_.run_until(world_.now() + Millis(2'000), world_.steps() + 400'000))
      return broken("something spins after healing");
    for (const auto& device : devices_) {
      device->pause(false);
      device->pull();
    }
    if (round > 20 && quiet()) return;
  }
  if (!quiet()) broken("the run did not come to rest");
}

bool Scenario::quiet() const {
  return std::ranges::all_of(
      devices_, [](const auto& device) { return device->logged_in() && device->settled(); });
}

// Every conversation's last seq, as those who take part see it.
std::map<ConversationId, Seq> Scenario::heads() {
  std::map<ConversationId, Seq> heads;
  for (const UserId user : users_) {
    const auto inbox = store_->cursors().inbox(user, DeviceId{1}, {}).value();
    for (const Standing& standing : inbox.standings) {
      Seq& head = heads[standing.conversation];
      head = std::max(head, standing.head);
    }
  }
  return heads;
}

// Every entry of every conversation, as an operator would list it.
std::map<std::string, EntryPtr> Scenario::stored() {
  std::map<std::string, EntryPtr> by_client_id;
  for (const auto& [conversation, last] : heads()) {
    for (Seq seq(1); seq <= last; seq = seq.next()) {
      const auto entry = store_->log().find(MessageId(conversation, seq));
      if (!entry.ok()) {
        broken("conversation " + std::to_string(conversation.value) + " has a hole at " +
               std::to_string(seq.value));
        continue;
      }
      outcome_.digest = outcome_.digest * 31 + (*entry)->id().value;
      if ((*entry)->kind != EntryKind::kMessage) continue;
      ++outcome_.messages;
      if (!by_client_id.emplace((*entry)->client_id, *entry).second)
        broken("client id " + (*entry)->client_id + " was stored twice");
    }
  }
  return by_client_id;
}

void Scenario::check_sent(const SimDevice& device,
                          const std::map<std::string, EntryPtr>& by_client_id) {
  for (const auto& [client_id, sent] : device.sent()) {
    const auto found = by_client_id.find(client_id);
    if (sent.id && found == by_client_id.end()) {
      broken("message " + client_id + " was acknowledged and is lost");
    } else if (sent.id && found->second->id() != *sent.id) {
      broken("message " + client_id + " has another id than its +OK said");
    } else if (sent.id && found->second->text != sent.text) {
      broken("message " + client_id + " has another text than was sent");
    } else if (!sent.id && !sent.maybe_stored && found != by_client_id.end()) {
      broken("message " + client_id + " was refused and appeared");
    }
  }
}

void Scenario::check_seen(SimDevice& device) {
  const auto inbox = store_->cursors().inbox(device.user(), device.device(), {}).value();
  std::set<ConversationId> mine;
  for (const Standing& standing : inbox.standings) {
    mine.insert(standing.conversation);
    const std::string where = "user " + std::to_string(device.user().value) + " on " +
                              device.name() + " in conversation " +
                              std::to_string(standing.conversation.value);
    const auto page =
        store_->log().after(device.user(), standing.conversation, Seq(0), 100'000, 1 << 30).value();
    std::set<uint64_t> readable;
    for (const EntryPtr& entry : page.entries) readable.insert(entry->seq.value);
    const auto found = device.seen().find(standing.conversation);
    static const Seen kNothing;
    const Seen& seen = found == device.seen().end() ? kNothing : found->second;
    // Everything was pushed, and everything pushed was acknowledged in the end.
    if (standing.delivered < standing.head && !seen.excuses(standing.delivered.value + 1))
      broken(where + " is left at " + std::to_string(standing.delivered.value) + " of " +
             std::to_string(standing.head.value));
    for (const uint64_t seq : seen.seqs)
      if (!readable.contains(seq))
        broken(where + " saw " + std::to_string(seq) + ", which is not his to read");
    const auto begun =
        std::ranges::find(device.begins_at(), standing.conversation, &Standing::conversation);
    const Seq begins_at = begun == device.begins_at().end() ? Seq(0) : begun->delivered;
    for (const EntryPtr& entry : page.entries) {
      if (entry->seq <= begins_at) continue;
      const uint64_t seq = entry->seq.value;
      const bool excused = seen.excuses(seq);
      const bool own_change =
          entry->kind != EntryKind::kMessage && entry->device == device.device();
      if (seen.seqs.contains(seq) || excused || own_change || device.gave_up_on(entry->client_id))
        continue;
      broken(where + (entry->seq <= standing.delivered ? " has a cursor past " : " never saw ") +
             std::to_string(seq) + " (a " + std::string(name_of(entry->kind)) + " of user " +
             std::to_string(entry->sender.value) + " on device " +
             std::to_string(entry->device.value) + ", and this is " +
             std::to_string(device.device().value) + ")");
    }
    for (const uint64_t seq : seen.seqs) outcome_.digest = outcome_.digest * 31 + seq;
  }
  for (const auto& [conversation, seen] : device.seen())
    if (!mine.contains(conversation) && !seen.seqs.empty())
      broken("user " + std::to_string(device.user().value) +
             " saw entries of a conversation that is not his");
}

void Scenario::check_unread(UserId user) {
  const auto inbox = store_->cursors().inbox(user, DeviceId{1}, {}).value();
  const auto unread = store_->cursors().unread(user, 1'000).value();
  for (const Standing& standing : inbox.standings) {
    const auto page =
        store_->log().after(user, standing.conversation, standing.read, 100'000, 1 << 30).value();
    const auto counted = std::ranges::count_if(page.entries, [user](const EntryPtr& entry) {
      return entry->kind == EntryKind::kMessage && entry->sender != user;
    });
    const auto row = std::ranges::find(unread, standing.conversation, &Unread::conversation);
    const uint32_t told = row == unread.end() ? 0 : row->count;
    if (told != counted)
      broken("user " + std::to_string(user.value) + " is told " + std::to_string(told) +
             " unread where " + std::to_string(counted) + " are");
  }
}

void Scenario::check() {
  const auto by_client_id = stored();
  for (const auto& device : devices_) {
    check_sent(*device, by_client_id);
    check_seen(*device);
    constexpr uint64_t kLargest = 500;
    if (device->most_buffered() > SimLink::kHighWater + 4 * kLargest)
      broken("an output buffer grew to " + std::to_string(device->most_buffered()));
  }
  for (const UserId user : users_) check_unread(user);
}

Outcome Scenario::run() {
  StoreOptions options;
  options.limits.index_batch_entries = static_cast<uint64_t>(world_.between(1, 60));
  auto opened = open_sqlite_store(":memory:", options);
  if (!opened.ok()) {
    broken("the store does not open: " + opened.error().message);
    return outcome_;
  }
  store_ = std::move(*opened);
  choose();
  populate();
  start_node();
  for (const auto& device : devices_)
    world_.in(Millis(world_.between(0, 3'000)), [&device] { device->connect(); });
  for (int64_t steps = world_.between(20, 60); steps > 0; --steps) step();
  heal();
  check();
  outcome_.steps = world_.steps();
  nodes_.back()->crash();
  return outcome_;
}

}  // namespace

Outcome run_scenario(uint64_t seed) { return Scenario(seed).run(); }

}  // namespace mpim::sim
