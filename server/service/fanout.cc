#include "server/service/fanout.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// Of a message from one user to another; none for everything else.
UserId receiver(const EntryCommitted& committed) {
  const auto& [entry, audience] = committed;
  if (!audience.direct() || entry->kind != EntryKind::kMessage) return {};
  const UserId other = entry->sender == audience.one ? audience.other : audience.one;
  return other == entry->sender ? UserId{} : other;
}

}  // namespace

void Fanout::committed(const Appended& appended) {
  const Result<Appended> one(appended);
  committed({&one, 1});
}

void Fanout::committed(std::span<const Result<Appended>> outcomes) {
  auto batch = std::make_shared<Batch>();
  batch->letters.reserve(outcomes.size());
  for (const Result<Appended>& appended : outcomes) {
    if (!appended.ok() || !appended->entry) continue;
    EntryCommitted committed{appended->entry, appended->audience};
    const UserId to = receiver(committed);
    ask(batch, appended->audience, std::move(committed), to);
  }
  hand_in(std::move(batch));
}

void Fanout::tell(UserId user, Envelope envelope) {
  if (const auto* const ended = std::get_if<SessionsEnded>(&envelope)) {
    if (tokens_ != nullptr) tokens_->end(ended->user, ended->device);
    return tell_everybody(std::move(envelope));
  }
  auto batch = std::make_shared<Batch>();
  ask(batch, user, std::move(envelope));
  hand_in(std::move(batch));
}

void Fanout::tell(const Audience& audience, Envelope envelope) {
  auto batch = std::make_shared<Batch>();
  ask(batch, audience, std::move(envelope));
  hand_in(std::move(batch));
}

// A directory looks no group's members up: any group stands for everybody.
void Fanout::tell_everybody(Envelope envelope) {
  Audience everybody;
  everybody.group = GroupId(1);
  tell(everybody, std::move(envelope));
}

void Fanout::tell_tokens_ended(UserId user, DeviceId device) {
  if (tokens_ != nullptr) tokens_->end(user, device);
  tell_everybody(TokensEnded{user, device});
}

template <class Whom>
void Fanout::ask(const std::shared_ptr<Batch>& batch, const Whom& whom, Envelope envelope,
                 UserId counted) {
  const size_t index = batch->letters.size();
  batch->letters.push_back({std::make_shared<const Envelope>(std::move(envelope)), {}});
  ++batch->unanswered;
  directory_.nodes_of(whom, home_,
                      [this, batch, index, counted,
                       waiting = std::weak_ptr(waiting_)](std::span<const NodeId> nodes) {
                        batch->letters[index].nodes.assign(nodes.begin(), nodes.end());
                        --batch->unanswered;
                        const auto still = waiting.lock();
                        if (!still) return;
                        still->publish_those_answered();
                        if (counted) count_where(counted);
                      });
}

// By himself, as the sender may be elsewhere, too. The directory has just learnt it.
void Fanout::count_where(UserId to) {
  if (directory_.route(to)) return count(Counter::kFanoutHere);
  directory_.nodes_of(to, home_, [](std::span<const NodeId> nodes) {
    count(nodes.empty() ? Counter::kFanoutAway : Counter::kFanoutElsewhere);
  });
}

void Fanout::hand_in(std::shared_ptr<Batch> batch) {
  if (batch->letters.empty()) return;
  if (batch->unanswered == 0 && waiting_->batches.empty()) return publish(waiting_->bus, *batch);
  waiting_->batches.push_back(std::move(batch));
}

void Fanout::Waiting::publish_those_answered() {
  while (!batches.empty() && batches.front()->unanswered == 0) {
    const std::shared_ptr<Batch> batch = std::move(batches.front());
    batches.pop_front();
    publish(bus, *batch);
  }
}

void Fanout::publish(Bus& bus, const Batch& batch) {
  // A tree: in a large cluster one message to a group concerns hundreds of nodes.
  std::map<NodeId, std::vector<EnvelopePtr>> parcels;
  for (const Letter& letter : batch.letters)
    for (const NodeId& node : letter.nodes) parcels[node].push_back(letter.envelope);
  for (const auto& [to, envelopes] : parcels) bus.publish(to, envelopes);
}

}  // namespace mpim
