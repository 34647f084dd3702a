// How much is new, and where.
#pragma once

#include <map>
#include <optional>

#include "server/core/ids.h"

namespace mpim::chat {

// Counts of what others wrote and this person has not read, and how far he could mark each as read.
//
// Threads  one.
class UnreadCounts {
 public:
  void clear() {
    for (auto& [id, of] : conversations_) of.count = 0;
  }
  void set(ConversationId conversation, uint64_t count) {
    conversations_[conversation].count = count;
  }
  void came(MessageId id) {
    Conversation& of = conversations_[id.conversation()];
    ++of.count;
    of.last = id;
  }
  // We wrote there, so everything before it was read.
  void wrote(MessageId id) { conversations_[id.conversation()].last = id; }
  // Everything in it is read: the id to tell the server, if there is anything to tell.
  std::optional<MessageId> read(ConversationId conversation) {
    Conversation& of = conversations_[conversation];
    if (of.last == of.told) return std::nullopt;
    of.count = 0;
    of.told = of.last;
    return of.last;
  }
  uint64_t total() const {
    uint64_t sum = 0;
    for (const auto& [id, of] : conversations_) sum += of.count;
    return sum;
  }
  uint64_t in(ConversationId conversation) const {
    const auto found = conversations_.find(conversation);
    return found == conversations_.end() ? 0 : found->second.count;
  }
  std::map<ConversationId, uint64_t> all() const {
    std::map<ConversationId, uint64_t> counts;
    for (const auto& [id, of] : conversations_)
      if (of.count > 0) counts.emplace(id, of.count);
    return counts;
  }

 private:
  struct Conversation {
    uint64_t count = 0;
    MessageId last;
    MessageId told;
  };
  std::map<ConversationId, Conversation> conversations_;
};

}  // namespace mpim::chat
