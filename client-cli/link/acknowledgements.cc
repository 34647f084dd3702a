#include "client-cli/link/acknowledgements.h"

#include <algorithm>

namespace mpim::chat {

void Acknowledgements::new_connection() {
  given_.clear();
  pending_ = 0;
}

void Acknowledgements::given(MessageId id) {
  const Seq before(id.seq().value - 1);
  const auto [slot, fresh] = given_.try_emplace(id.conversation(), Given{id.seq(), before});
  Given& of = slot->second;
  of.last = std::max(of.last, id.seq());
  of.acknowledged = std::min(of.acknowledged, before);
  ++pending_;
}

std::vector<MessageId> Acknowledgements::due(const Transcript& transcript) {
  pending_ = 0;
  std::vector<MessageId> ids;
  for (auto& [conversation, of] : given_) {
    const Seq through = std::min(of.last, transcript.through(conversation).value_or(Seq()));
    if (through <= of.acknowledged) continue;
    of.acknowledged = through;
    ids.emplace_back(conversation, through);
  }
  return ids;
}

}  // namespace mpim::chat
