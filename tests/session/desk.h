// One worker on virtual time over a real store in memory: people, devices, and outlets that record.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/store/sql/open.h"
#include "tests/sim/in_transaction.h"
#include "tests/sim/sim_node.h"

namespace mpim::sim {

// Records what a session says; becomes congested when told.
class RecordingOutlet final : public Outlet {
 public:
  uint64_t push(LiveEntry& live, bool to_sender) override {
    pushed.push_back(live.entry->seq.value);
    texts.push_back(live.entry->text);
    if (to_sender) {
      client_ids.push_back(live.entry->client_id);
      receivers.push_back(live.entry->subject);
    }
    return total += 100;
  }
  void notice(const Notice& notice) override { notices.push_back(notice); }
  void signal(const Signal& signal) override { signals.push_back(signal); }
  bool congested() const override { return full; }
  void close(const Error& why) override { closed = why.code; }

  std::vector<uint64_t> pushed;
  std::vector<std::string> texts;
  std::vector<std::string> client_ids;  // of what only a sender's device is told
  std::vector<UserId> receivers;        // the same
  std::vector<Notice> notices;
  std::vector<Signal> signals;
  std::optional<Code> closed;
  bool full = false;
  uint64_t total = 0;
};

// A logged-in device.
struct Seat {
  Device device;
  SessionId id;
  InboxCounts counts;
  RecordingOutlet out;
  Session* session = nullptr;
};

class Desk {
 public:
  explicit Desk(SessionLimits limits = {})
      : limits_of_all(limits), node(shared, NodeId{"sim"}, 1, 1) {}

  UserId person(const std::string& name) {
    return in_transaction(*store, [&](Store& in) {
      return in.accounts().create(UserName{name, name}, "x", world.wall());
    });
  }
  // Logs a device in; what is pushed arrives, and is acknowledged by nobody.
  std::unique_ptr<Seat> seat(UserId user, const std::string& device = "default",
                             AckMode ack = AckMode::kClient, SyncMode sync = SyncMode::kAuto) {
    auto seat = std::make_unique<Seat>();
    seat->device = in_transaction(*store, [&](Store& in) {
      return in.accounts().open_device(user, DeviceName{device}, std::nullopt, 16, world.wall());
    });
    node.worker(0).directory.bind(user, world.wall());
    const SessionIdentity who{user, seat->device.id, seat->device.generation};
    seat->id = hub().open(
        who, ack, sync, seat->out,
        [&counts = seat->counts](Result<InboxCounts> opened) { counts = opened.value(); });
    run();
    seat->session = hub().find(seat->id);
    return seat;
  }
  Committed send(UserId from, Recipient to, const std::string& text, DeviceId device = {},
                 const std::string& client_id = "") {
    std::optional<Committed> made;
    node.worker(0).messages.send(
        Draft{to, from, device, client_id, ContentType::kText, text},
        Reply<Committed>(thread(), [&made](Result<Committed> answer) { made = answer.value(); }));
    run();
    return *made;
  }
  void run(Millis time = Millis(50)) { (void)world.run_until(world.now() + time, ~uint64_t{0}); }
  void close(Seat& seat) {
    hub().close(seat.id);
    run();
  }
  Seq delivered(const Seat& seat, ConversationId of) {
    return store->cursors().standing(seat.device.user, seat.device.id, of).value().delivered;
  }
  Hub& hub() { return node.worker(0).hub; }
  VirtualThread& thread() { return node.worker(0).thread; }

  World world{1};
  Faults faults;
  std::unique_ptr<Store> store = std::move(open_sqlite_store(":memory:", {})).value();
  SimRedis redis{world};
  SessionLimits limits_of_all;
  SimShared shared{world, *store, redis, faults, limits_of_all};
  SimNode node;
};

}  // namespace mpim::sim
