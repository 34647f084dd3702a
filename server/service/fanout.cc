#include "server/service/fanout.h"

namespace mpim {

void Fanout::committed(const Appended& appended) {
  if (!appended.entry) return;
  auto envelope =
      std::make_shared<const Envelope>(EntryCommitted{appended.entry, appended.audience});
  directory_.nodes_of(appended.audience, [&bus = bus_, envelope](const std::vector<NodeId>& nodes) {
    for (const NodeId& node : nodes) bus.publish(node, envelope);
  });
}

void Fanout::tell(UserId user, Envelope envelope) {
  auto shared = std::make_shared<const Envelope>(std::move(envelope));
  directory_.nodes_of(user, [&bus = bus_, shared](const std::vector<NodeId>& nodes) {
    for (const NodeId& node : nodes) bus.publish(node, shared);
  });
}

}  // namespace mpim
