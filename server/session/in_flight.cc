#include "server/session/in_flight.h"

#include <algorithm>
#include <iterator>

namespace mpim {

size_t InFlight::acknowledge(ConversationId conversation, Seq through) {
  return std::erase_if(pushed_, [&](const Pushed& one) {
    return one.conversation == conversation && one.seq <= through;
  });
}

std::vector<Pushed> InFlight::take_within(uint64_t total) {
  const auto end =
      std::ranges::find_if(pushed_, [total](const Pushed& one) { return one.end > total; });
  std::vector<Pushed> taken(std::make_move_iterator(pushed_.begin()), std::make_move_iterator(end));
  pushed_.erase(pushed_.begin(), end);
  return taken;
}

std::optional<Seq> InFlight::first_of(ConversationId conversation) const {
  std::optional<Seq> lowest;
  for (const Pushed& one : pushed_)
    if (one.conversation == conversation && (!lowest || one.seq < *lowest)) lowest = one.seq;
  return lowest;
}

Timestamp InFlight::at(ConversationId conversation, Seq seq) const {
  for (const Pushed& one : pushed_)
    if (one.conversation == conversation && one.seq == seq) return one.at;
  return {};
}

bool InFlight::has(ConversationId conversation, Seq seq) const {
  return std::ranges::any_of(pushed_, [&](const Pushed& one) {
    return one.conversation == conversation && one.seq == seq;
  });
}

void InFlight::drop(ConversationId conversation, Seq above) {
  std::erase_if(pushed_, [&](const Pushed& one) {
    return one.conversation == conversation && one.seq > above;
  });
}

}  // namespace mpim
