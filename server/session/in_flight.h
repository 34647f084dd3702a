// The entries one session pushed that were not acknowledged yet.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"

namespace mpim {

// One pushed entry, and the outlet's byte count after it.
struct Pushed {
  ConversationId conversation;
  Seq seq;
  uint64_t end = 0;
  Timestamp at = {};  // the entry's
};

// In the order they were pushed. Small: at most SessionLimits::in_flight_max.
class InFlight {
 public:
  void add(const Pushed& pushed) { pushed_.push_back(pushed); }
  size_t size() const { return pushed_.size(); }
  bool empty() const { return pushed_.empty(); }
  // The byte count after the oldest one.
  uint64_t oldest_end() const { return pushed_.front().end; }

  // Drops what `conversation` has up to and with `through`; answers how many those were.
  size_t acknowledge(ConversationId conversation, Seq through);
  // Takes out what lies wholly within the first `total` bytes, oldest first.
  std::vector<Pushed> take_within(uint64_t total);
  // The lowest seq under way in a conversation.
  std::optional<Seq> first_of(ConversationId conversation) const;
  // When that entry was committed; 0: it is not under way.
  Timestamp at(ConversationId conversation, Seq seq) const;
  bool has(ConversationId conversation, Seq seq) const;
  void drop(ConversationId conversation, Seq above);

 private:
  std::vector<Pushed> pushed_;
};

}  // namespace mpim
