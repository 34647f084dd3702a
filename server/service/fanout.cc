#include "server/service/fanout.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace mpim {
namespace {

// What each node is told. Shared, because a directory may answer later.
class Parcels {
 public:
  explicit Parcels(Bus& bus) : bus_(bus) {}
  Parcels(const Parcels&) = delete;
  Parcels& operator=(const Parcels&) = delete;
  // The last who knew of these parcels has let go of them.
  ~Parcels() {
    for (const Parcel& parcel : parcels_) bus_.publish(parcel.to, parcel.envelopes);
  }

  void add(const NodeId& to, const EnvelopePtr& envelope) {
    auto parcel = std::ranges::find(parcels_, to, &Parcel::to);
    if (parcel == parcels_.end()) parcel = parcels_.insert(parcels_.end(), Parcel{to, {}});
    parcel->envelopes.push_back(envelope);
  }

 private:
  struct Parcel {
    NodeId to;
    std::vector<EnvelopePtr> envelopes;
  };
  Bus& bus_;
  std::vector<Parcel> parcels_;  // few: one for each node concerned
};

}  // namespace

void Fanout::committed(const Appended& appended) {
  const Result<Appended> one(appended);
  committed({&one, 1});
}

void Fanout::committed(std::span<const Result<Appended>> outcomes) {
  const auto parcels = std::make_shared<Parcels>(bus_);
  for (const Result<Appended>& appended : outcomes) {
    if (!appended.ok() || !appended->entry) continue;
    auto envelope =
        std::make_shared<const Envelope>(EntryCommitted{appended->entry, appended->audience});
    directory_.nodes_of(appended->audience,
                        [parcels, envelope = std::move(envelope)](std::span<const NodeId> nodes) {
                          for (const NodeId& node : nodes) parcels->add(node, envelope);
                        });
  }
}

void Fanout::tell(UserId user, Envelope envelope) {
  auto shared = std::make_shared<const Envelope>(std::move(envelope));
  directory_.nodes_of(user, [&bus = bus_, shared](std::span<const NodeId> nodes) {
    for (const NodeId& node : nodes) bus.publish(node, {&shared, 1});
  });
}

void Fanout::tell(const Audience& audience, Envelope envelope) {
  auto shared = std::make_shared<const Envelope>(std::move(envelope));
  directory_.nodes_of(audience, [&bus = bus_, shared](std::span<const NodeId> nodes) {
    for (const NodeId& node : nodes) bus.publish(node, {&shared, 1});
  });
}

// A directory looks no group's members up: any group stands for everybody.
void Fanout::tell_everybody(Envelope envelope) {
  Audience everybody;
  everybody.group = GroupId(1);
  tell(everybody, std::move(envelope));
}

}  // namespace mpim
