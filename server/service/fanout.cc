#include "server/service/fanout.h"

#include <algorithm>
#include <utility>

namespace mpim {

void Fanout::committed(const Appended& appended) {
  const Result<Appended> one(appended);
  committed({&one, 1});
}

void Fanout::committed(std::span<const Result<Appended>> outcomes) {
  auto batch = std::make_shared<Batch>();
  batch->letters.reserve(outcomes.size());
  for (const Result<Appended>& appended : outcomes)
    if (appended.ok() && appended->entry)
      ask(batch, appended->audience, EntryCommitted{appended->entry, appended->audience});
  hand_in(std::move(batch));
}

void Fanout::tell(UserId user, Envelope envelope) {
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

template <class Whom>
void Fanout::ask(const std::shared_ptr<Batch>& batch, const Whom& whom, Envelope envelope) {
  const size_t index = batch->letters.size();
  batch->letters.push_back({std::make_shared<const Envelope>(std::move(envelope)), {}});
  ++batch->unanswered;
  directory_.nodes_of(
      whom, home_,
      [batch, index, waiting = std::weak_ptr(waiting_)](std::span<const NodeId> nodes) {
        batch->letters[index].nodes.assign(nodes.begin(), nodes.end());
        --batch->unanswered;
        if (const auto still = waiting.lock()) still->publish_those_answered();
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
  struct Parcel {
    NodeId to;
    std::vector<EnvelopePtr> envelopes;
  };
  std::vector<Parcel> parcels;  // few: one for each node concerned
  for (const Letter& letter : batch.letters)
    for (const NodeId& node : letter.nodes) {
      auto parcel = std::ranges::find(parcels, node, &Parcel::to);
      if (parcel == parcels.end()) parcel = parcels.insert(parcels.end(), Parcel{node, {}});
      parcel->envelopes.push_back(letter.envelope);
    }
  for (const Parcel& parcel : parcels) bus.publish(parcel.to, parcel.envelopes);
}

}  // namespace mpim
