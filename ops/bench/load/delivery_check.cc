#include "ops/bench/load/delivery_check.h"

#include <algorithm>

#include "server/core/check.h"

namespace mpim::ops {

DeliveryCheck::DeliveryCheck(uint32_t senders, uint32_t receivers, uint32_t under_way_max)
    : under_way_max_(under_way_max), senders_(senders), receivers_(receivers) {
  MPIM_CHECK(under_way_max > 0, "a sender must be able to send");
  for (Sender& sender : senders_) sender.ring.resize(under_way_max);
}

void DeliveryCheck::owe(ReceiverIndex receiver, SenderIndex sender) {
  MPIM_CHECK(senders_[sender].made == 0, "who receives is settled before the first message");
  std::vector<Stream>& streams = receivers_[receiver].streams;
  streams.insert(std::ranges::lower_bound(streams, sender, {}, &Stream::sender),
                 Stream{.sender = sender});
  senders_[sender].receivers.push_back(receiver);
}

bool DeliveryCheck::room(SenderIndex sender) const { return under_way(sender) < under_way_max_; }

uint64_t DeliveryCheck::under_way(SenderIndex sender) const {
  return senders_[sender].made - senders_[sender].complete;
}

uint64_t DeliveryCheck::begin(SenderIndex index) {
  Sender& sender = senders_[index];
  MPIM_CHECK(room(index), "a sender's messages under way are bounded");
  slot(sender, sender.made) = Slot{.lacking = static_cast<uint32_t>(sender.receivers.size())};
  return sender.made++;
}

void DeliveryCheck::stored(SenderIndex index, MessageId id) {
  Sender& sender = senders_[index];
  MPIM_CHECK(sender.answered < sender.made, "an answer belongs to a message");
  const uint64_t number = sender.answered++;
  Slot& answered = slot(sender, number);
  answered.id = id;
  answered.answer = Answer::kStored;
  if (answered.holed) {
    for (const ReceiverIndex receiver : sender.receivers) {
      Stream& seen = *stream(receiver, index);
      if (const auto hole = seen.holes.find(number); hole != seen.holes.end()) hole->second.id = id;
    }
  }
  settle(sender);
}

void DeliveryCheck::refused(SenderIndex index) {
  Sender& sender = senders_[index];
  MPIM_CHECK(sender.answered < sender.made, "an answer belongs to a message");
  const uint64_t number = sender.answered++;
  Slot& answered = slot(sender, number);
  answered.answer = Answer::kRefused;
  answered.lacking = 0;
  for (const ReceiverIndex receiver : sender.receivers) {
    Stream& seen = *stream(receiver, index);
    if (number < seen.next) {
      holes_ -= seen.holes.erase(number);
    } else {
      seen.refused.insert(number);
      skip_refused(seen);
    }
  }
  settle(sender);
}

DeliveryCheck::Arrival DeliveryCheck::arrived(ReceiverIndex receiver, SenderIndex sender,
                                              uint64_t number, MessageId id) {
  Stream* const seen =
      receiver < receivers_.size() && sender < senders_.size() ? stream(receiver, sender) : nullptr;
  if (seen == nullptr || number >= senders_[sender].made) return ++repeated_, Arrival::kRepeated;
  if (number < seen->next) {
    if (seen->holes.erase(number) == 0) return ++repeated_, Arrival::kRepeated;
    --holes_;
    ++reordered_;
    return Arrival::kLate;
  }
  pass(*seen, number);
  settle(senders_[sender]);
  if (in_order(receivers_[receiver], id)) return Arrival::kNew;
  ++reordered_;
  return Arrival::kLate;
}

DeliveryCheck::Stream* DeliveryCheck::stream(ReceiverIndex receiver, SenderIndex sender) {
  std::vector<Stream>& streams = receivers_[receiver].streams;
  const auto found = std::ranges::lower_bound(streams, sender, {}, &Stream::sender);
  return found != streams.end() && found->sender == sender ? &*found : nullptr;
}

// Comes past `until`, which has arrived; what is jumped over is missing.
void DeliveryCheck::pass(Stream& stream, uint64_t until) {
  Sender& sender = senders_[stream.sender];
  while (stream.next <= until) {
    const uint64_t number = stream.next++;
    if (stream.refused.erase(number) > 0) continue;
    Slot& passed = slot(sender, number);
    if (passed.lacking > 0) --passed.lacking;
    if (number < until && passed.answer != Answer::kRefused) leave_hole(stream, number, passed);
  }
  skip_refused(stream);
}

void DeliveryCheck::leave_hole(Stream& stream, uint64_t number, Slot& passed) {
  if (holes_ >= kHolesMax) {
    ++lost_unseen_;
    return;
  }
  passed.holed = true;
  stream.holes[number] = {passed.id, hole_order_++};
  ++holes_;
}

void DeliveryCheck::skip_refused(Stream& stream) {
  while (stream.refused.erase(stream.next) > 0) ++stream.next;
}

void DeliveryCheck::settle(Sender& sender) {
  while (sender.complete < sender.answered && slot(sender, sender.complete).lacking == 0)
    ++sender.complete;
}

// Whether it stands above everything of its conversation that this receiver has got.
bool DeliveryCheck::in_order(Receiver& receiver, MessageId id) {
  for (MessageId& newest : receiver.newest) {
    if (newest.conversation() != id.conversation()) continue;
    if (id <= newest) return false;
    newest = id;
    return true;
  }
  receiver.newest.push_back(id);
  return true;
}

bool DeliveryCheck::complete() const {
  return holes_ == 0 && std::ranges::all_of(senders_, [](const Sender& sender) {
           return sender.complete == sender.made;
         });
}

uint64_t DeliveryCheck::unanswered() const {
  uint64_t count = 0;
  for (const Sender& sender : senders_) count += sender.made - sender.answered;
  return count;
}

DeliveryFaults DeliveryCheck::faults() const {
  DeliveryFaults faults{.lost = lost_unseen_, .repeated = repeated_, .reordered = reordered_};
  uint64_t first = UINT64_MAX;
  for (ReceiverIndex i = 0; i < receivers_.size(); ++i) {
    for (const Stream& stream : receivers_[i].streams) {
      for (const auto& [number, hole] : stream.holes) {
        if (number >= senders_[stream.sender].answered) continue;
        ++faults.lost;
        if (hole.order >= first) continue;
        first = hole.order;
        faults.first_lost = LostMessage{stream.sender, i, number, hole.id};
      }
      count_open(i, stream, faults);
    }
  }
  return faults;
}

// What was stored and never came, with nothing behind it that did.
void DeliveryCheck::count_open(ReceiverIndex index, const Stream& stream,
                               DeliveryFaults& faults) const {
  const Sender& sender = senders_[stream.sender];
  for (uint64_t number = stream.next; number < sender.answered; ++number) {
    if (stream.refused.contains(number)) continue;
    ++faults.lost;
    if (!faults.first_lost)
      faults.first_lost = LostMessage{stream.sender, index, number, slot(sender, number).id};
  }
}

}  // namespace mpim::ops
