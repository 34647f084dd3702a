#include "tests/sim/sim_device.h"

#include <algorithm>
#include <utility>

namespace mpim::sim {
namespace {

// What the gateway does for a log-in, in its order: device and generation, the older session told
// to go, the route, and only then the session with its inbox.
void open_session(SimLink& link, UserId user, const std::string& name, AckMode ack, SyncMode sync,
                  const std::shared_ptr<std::vector<Standing>>& begins_at,
                  std::function<void(Result<Device>)> device_opened, Hub::Opened opened) {
  SimWorker& worker = link.worker();
  const Timestamp now = worker.thread.clock().wall();
  link.node().storage().write<Device>(
      ConversationId{},
      [user, name, now, begins_at](Store& store) -> Result<Device> {
        MPIM_TRY(const Device device,
                 store.accounts().open_device(user, DeviceName{name}, std::nullopt, 16, now));
        // Written down here and not from the answer, which may be lost.
        if (device.generation == 1) {
          MPIM_TRY(const Inbox inbox, store.cursors().inbox(user, device.id, {}));
          *begins_at = inbox.standings;
        }
        return device;
      },
      Reply<Device>(worker.thread, [link = link.shared_from_this(), user, ack, sync,
                                    device_opened = std::move(device_opened),
                                    opened = std::move(opened)](Result<Device> device) mutable {
        device_opened(device);
        if (!device.ok()) return;
        SimWorker& on = link->worker();
        on.fanout.tell(user, DeviceReplaced{user, device->id, device->generation});
        if (!link->open_here()) return;
        link->bind(user);
        const SessionIdentity who{user, device->id, device->generation};
        on.directory.when_bound(
            on.thread, [link, who, ack, sync, opened = std::move(opened)]() mutable {
              if (!link->open_here()) return;
              link->hold(link->worker().hub.open(who, ack, sync, *link, std::move(opened)));
            });
      }));
}

}  // namespace

uint64_t content_of(const Entry& entry) {
  uint64_t content = entry.sender.value * 16 + static_cast<uint64_t>(entry.kind);
  for (const char c : entry.text) content = content * 1'099'511'628'211U + static_cast<uint8_t>(c);
  return content;
}

void SimDevice::connect() {
  SimNode* const node = link_ ? nullptr : place_();
  if (node == nullptr) return come_back();
  const auto index = static_cast<size_t>(world_.below(node->workers()));
  // The link keeps itself alive through what is under way; the device only has to ignore an old
  // one.
  const auto weak = std::make_shared<std::weak_ptr<SimLink>>();
  link_ = std::make_shared<SimLink>(
      world_, *node, index,
      [this, weak](Arrival& arrival) {
        if (const auto link = weak->lock()) on_arrival(link, arrival);
      },
      [this, weak] {
        if (const auto link = weak->lock()) on_closed(link);
      });
  *weak = link_;
  for (auto& [conversation, seen] : seen_) seen.given = 0;
  link_->request([this, link = link_] { log_in(link); });
  // A log-in that is not answered is given up; it may still succeed, and nobody is there.
  world_.in(Millis(world_.between(4'000, 8'000)), [this, weak] {
    const auto link = weak->lock();
    if (link && link == link_ && !logged_in_) cut(Millis(world_.between(0, 5'000)));
  });
}

void SimDevice::log_in(const std::shared_ptr<SimLink>& link) {
  open_session(
      *link, user_, name_, ack_, sync_, begins_at_,
      [this, link](const Result<Device>& device) {
        if (!device.ok()) return fail_log_in(link);
        device_ = device->id;
      },
      [this, link](Result<InboxCounts> counts) { opened(link, std::move(counts)); });
}

void SimDevice::opened(const std::shared_ptr<SimLink>& link, Result<InboxCounts> counts) {
  if (!counts.ok()) return fail_log_in(link);
  link->reply([this, weak = std::weak_ptr(link)] {
    if (weak.lock() != link_) return;
    logged_in_ = true;
    for (const auto& [client_id, sent] : sent_)
      if (!sent.id && !sent.refused) attempt(client_id);
    if (sync_ == SyncMode::kManual) pull();
  });
}

void SimDevice::fail_log_in(const std::shared_ptr<SimLink>& link) {
  link->reply([this, weak = std::weak_ptr(link)] {
    if (const auto failed = weak.lock()) on_closed(failed);
  });
}

void SimDevice::on_closed(const std::shared_ptr<SimLink>& link) {
  if (link != link_) return;
  most_buffered_ = std::max(most_buffered_, link_->most_buffered());
  logged_in_ = false;
  pulling_ = false;
  const auto gone = std::exchange(link_, nullptr);
  gone->cut(Millis(0));
  come_back();
}

void SimDevice::on_node_died(const SimNode& node) {
  if (!link_ || &link_->node() != &node) return;
  world_.in(Millis(world_.between(0, 50)), [this, weak = std::weak_ptr(link_)] {
    if (const auto link = weak.lock()) on_closed(link);
  });
}

void SimDevice::cut(Millis until_noticed) {
  if (!link_) return;
  most_buffered_ = std::max(most_buffered_, link_->most_buffered());
  logged_in_ = false;
  pulling_ = false;
  std::exchange(link_, nullptr)->cut(until_noticed);
  come_back();
}

void SimDevice::go_away() {
  gone_ = true;
  cut(Millis(0));
}

void SimDevice::come_back() {
  if (gone_ || std::exchange(coming_back_, true)) return;
  world_.in(Millis(world_.between(5, 400)), [this] {
    coming_back_ = false;
    if (!link_ && !gone_) connect();
  });
}

void SimDevice::pause(bool paused) {
  if (link_) link_->pause(paused);
}

std::string SimDevice::send(Recipient to, const std::string& text) {
  const std::string client_id = name_ + "-" + std::to_string(next_client_id_++);
  sent_[client_id] = Sent{to, text, std::nullopt, false, false};
  if (logged_in_) attempt(client_id);
  return client_id;
}

void SimDevice::attempt(const std::string& client_id) {
  Sent& sent = sent_[client_id];
  sent.refused = false;
  const bool maybe = std::exchange(sent.maybe_stored, true);  // until the answer says otherwise
  Draft draft{sent.to, user_, device_, client_id, ContentType::kText, sent.text};
  link_->request([this, link = link_, client_id, maybe, draft = std::move(draft)] {
    if (Session* session = link->session()) session->on_sending();
    link->worker().messages.send(
        draft, Reply<Committed>(link->worker().thread,
                                [this, link, client_id, maybe](Result<Committed> answer) {
                                  if (!link->open_here()) return;
                                  if (Session* session = link->session()) {
                                    if (answer.ok() && !answer->duplicate)
                                      session->on_own({answer->id, answer->at});
                                    session->on_sent();
                                  }
                                  link->reply([this, client_id, maybe, answer] {
                                    if (!answer.ok() && answer.error().code != Code::kUnknown)
                                      sent_[client_id].maybe_stored = maybe;
                                    answered(client_id, answer);
                                  });
                                }));
  });
}

void SimDevice::answered(const std::string& client_id, const Result<Committed>& answer) {
  Sent& sent = sent_[client_id];
  if (answer.ok()) {
    if (sent.id && *sent.id != answer->id) complain_(who() + " got two ids for " + client_id);
    sent.id = answer->id;
    Seen& seen = seen_[answer->id.conversation()];
    seen.seqs.try_emplace(answer->id.seq().value, 0);
    return;
  }
  if (answer.error().code == Code::kUnknown || answer.error().code == Code::kInternal) {
    if (logged_in_) attempt(client_id);
    return;
  }
  if (answer.error().code == Code::kConflict) complain_(who() + " met a conflict with itself");
  if (sent.maybe_stored &&
      entry_of(answer.error().code).retryable) {  // an earlier try may have got through
    world_.in(Millis(50), [this, client_id] {
      if (logged_in_) attempt(client_id);
    });
    return;
  }
  sent.refused = true;
}

bool SimDevice::settled() const {
  return std::ranges::all_of(sent_,
                             [](const auto& row) { return row.second.id || row.second.refused; });
}

void SimDevice::join(GroupId group) { change_membership(group, true); }
void SimDevice::leave(GroupId group) { change_membership(group, false); }

void SimDevice::change_membership(GroupId group, bool join) {
  if (!logged_in_) return;
  link_->request([this, link = link_, group, join] {
    if (link->session() == nullptr) return;
    const Caller caller{user_, device_};
    Reply<Committed> reply(link->worker().thread, [this, link](Result<Committed> made) {
      if (!made.ok() || !link->open_here()) return;
      if (Session* held = link->session()) held->on_own({made->id, made->at});
      link->reply([this, made] {
        seen_[made->id.conversation()].seqs.try_emplace(made->id.seq().value, 0);
      });
    });
    if (join) {
      using Joined = std::optional<Committed>;
      auto joined = [reply = std::move(reply)](Result<Joined> outcome) mutable {
        if (!outcome.ok()) return reply(outcome.error());
        reply(**outcome);  // its groups are open to all
      };
      link->worker().groups.join(caller, group,
                                 Reply<Joined>(link->worker().thread, std::move(joined)));
    } else {
      link->worker().groups.leave(caller, group, std::move(reply));
    }
  });
}

void SimDevice::on_arrival(const std::shared_ptr<SimLink>& link, Arrival& arrival) {
  if (arrival.reply) return arrival.reply();
  if (arrival.entry) {
    on_entry(*arrival.entry);
    return;
  }
  if (!arrival.notice) return;
  const Notice& notice = *arrival.notice;
  if (notice.kind == Notice::Kind::kGap)
    seen_[notice.conversation].excused.emplace_back(notice.from.value, notice.to.value);
  if (notice.kind == Notice::Kind::kPending && link == link_) pull();
}

void SimDevice::on_entry(const Entry& entry) {
  Seen& seen = seen_[entry.conversation];
  const auto [shown, first_time] = seen.seqs.try_emplace(entry.seq.value, content_of(entry));
  if (!first_time && shown->second == 0) shown->second = content_of(entry);
  if (shown->second != content_of(entry))
    complain_(who() + " was shown two entries with seq " + std::to_string(entry.seq.value));
  if (first_time) {
    const bool own = entry.device && entry.device == device_;  // its +OK may have been lost
    if (entry.seq.value < seen.last_new && !own && !seen.excuses(entry.seq.value))
      complain_(who() + " saw seq " + std::to_string(entry.seq.value) + " of conversation " +
                std::to_string(entry.conversation.value) + " after " +
                std::to_string(seen.last_new));
    seen.last_new = std::max(seen.last_new, entry.seq.value);
  }
  seen.given = std::max(seen.given, entry.seq.value);
  schedule_ack();
}

void SimDevice::schedule_ack() {
  if (ack_ != AckMode::kClient || std::exchange(ack_scheduled_, true)) return;
  world_.in(Millis(world_.between(0, 80)), [this] {
    ack_scheduled_ = false;
    if (logged_in_ && (healing_ || !world_.chance(faults_.ack_lost))) acknowledge();
  });
}

void SimDevice::acknowledge() {
  for (auto& [conversation, seen] : seen_) {
    if (seen.given <= seen.acked && !healing_) continue;
    if (seen.given == 0) continue;
    seen.acked = std::max(seen.acked, seen.given);
    const MessageId through(conversation, Seq(seen.given));
    link_->request([this, link = link_, through] {
      Session* session = link->session();
      if (session == nullptr || session->ended()) return;
      if (const auto acked = session->ack(through); !acked.ok())
        complain_(who() +
                  " was refused an acknowledgement of what it was given: " + acked.error().message);
    });
  }
}

// A device that lies: the server must refuse, and nothing may move.
void SimDevice::acknowledge_too_much() {
  if (!logged_in_) return;
  link_->request([this, link = link_] {
    Session* session = link->session();
    if (session == nullptr || session->ended()) return;
    for (const auto& [conversation, seen] : seen_)
      if (session->ack(MessageId(conversation, Seq(1'000'000))).ok())
        complain_(who() + " acknowledged what it was never given");
  });
}

void SimDevice::read_something() {
  if (!logged_in_ || seen_.empty()) return;
  auto row = seen_.begin();
  std::advance(row, static_cast<long>(world_.below(seen_.size())));
  if (row->second.seqs.empty()) return;
  auto seq = row->second.seqs.begin();
  std::advance(seq, static_cast<long>(world_.below(row->second.seqs.size())));
  const MessageId through(row->first, Seq(seq->first));
  link_->request([this, link = link_, through] {
    link->worker().messages.read(Caller{user_, device_}, {through},
                                 Reply<Seq>(link->worker().thread, [](Result<Seq>) {}));
  });
}

void SimDevice::pull() {
  if (!logged_in_ || std::exchange(pulling_, true)) return;
  link_->request([this, link = link_] {
    Session* session = link->session();
    if (session == nullptr) return;
    session->pull(static_cast<uint32_t>(world_.between(1, 20)), std::nullopt,
                  [this, link](Result<PullOutcome> outcome) {
                    const bool more = outcome.ok() && !outcome->level;
                    link->reply([this, weak = std::weak_ptr(link), more] {
                      if (weak.lock() != link_) return;
                      pulling_ = false;
                      if (more) world_.in(Millis(100), [this] { pull(); });
                    });
                  });
  });
}

}  // namespace mpim::sim
